import { Claims, type Claim } from "../../../provider/resources/claims";

function claimOf(owner: string, path: string, rest: Partial<Claim> = {}): Claim {
  return { owner, path, oldPath: undefined, createFolder: false, adopts: false, ...rest };
}

function ownersOf(claims: readonly Claim[]): string[] {
  return claims.map(({ owner }) => owner);
}

describe("the claims of a run", () => {
  it("are found by where a disk is to be and where it was, in any spelling", () => {
    const claims = new Claims("win32");
    claims.set(claimOf("a", "C:\\disks\\a.vhdx", { oldPath: "C:\\old\\a.vhdx" }));

    expect(ownersOf(claims.withPath("c:/Disks/./A.vhdx"))).toEqual(["a"]);
    expect(ownersOf(claims.withOldPath("\\\\?\\c:\\OLD\\a.vhdx"))).toEqual(["a"]);
    expect(ownersOf(claims.withOldPath("C:\\disks\\a.vhdx"))).toEqual([]);
    expect(ownersOf(claims.withNameOf("D:\\elsewhere\\A.VHDX"))).toEqual(["a"]);
  });

  it("count only as each owner made them last", () => {
    const claims = new Claims("posix");
    claims.set(claimOf("a", "/disks/a.vhdx", { adopts: true, createFolder: true }));
    claims.set(claimOf("a", "/disks/b.vhdx"));

    expect(claims.get("a")?.path).toBe("/disks/b.vhdx");
    expect(claims.withPath("/disks/a.vhdx")).toEqual([]);
    expect(claims.withNameOf("/a.vhdx")).toEqual([]);
    expect(claims.adoptingNameOf("/a.vhdx")).toEqual([]);
    expect(claims.makesFolder("/disks")).toBe(false);
  });

  it("tell who adopts a name, and who leaves it", () => {
    const claims = new Claims("posix");
    claims.set(claimOf("new", "/disks/a.vhdx", { adopts: true }));
    claims.set(claimOf("mover", "/moved/a.vhdx", { oldPath: "/disks/a.vhdx" }));
    claims.set(claimOf("stayer", "/other/a.vhdx", { oldPath: "/other/a.vhdx" }));

    expect(ownersOf(claims.adoptingNameOf("/disks/A.vhdx"))).toEqual(["new"]);
    expect(ownersOf(claims.leavingNameOf("/disks/a.vhdx"))).toEqual(["mover"]);
  });

  it("make a folder and those above it, and no other that begins alike", () => {
    const claims = new Claims("posix");
    claims.set(claimOf("a", "/labs/one/disks/a.vhdx", { createFolder: true }));

    const made = ["/labs/one/disks", "/labs/one", "/labs/on", "/labs/one/disks/more"].map(
      (folder) => claims.makesFolder(folder),
    );

    expect(made).toEqual([true, true, false, false]);
  });
});
