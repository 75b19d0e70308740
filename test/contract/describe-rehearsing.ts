import { failureOf } from "../support/failure-of";
import { MIB, type TestDisks } from "./contract-host";

/** What the contract says about looking ahead to a step. */
export function describeRehearsing(disks: () => TestDisks): void {
  it("foretells what growing says, and changes nothing", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const before = test.readBytes(base.path);
    const rehearse = (sizeBytes: number): Promise<unknown> =>
      test.backend
        .rehearse({ kind: "grow", path: base.path, sizeBytes })
        .catch((error: unknown) => error);

    const outcomes = [await rehearse(16 * MIB), await rehearse(8 * MIB), await rehearse(32 * MIB)];

    expect(outcomes).toEqual([
      undefined,
      expect.objectContaining({ code: "OutOfRange" }),
      test.format === "vhdx" ? undefined : expect.objectContaining({ code: "NotSupported" }),
    ]);
    expect(test.readBytes(base.path).equals(before)).toBe(true);
  });

  it("foretells that a parent does not grow", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    await test.makeChild("child", base.path);

    const error = await failureOf(
      test.backend.rehearse({ kind: "grow", path: base.path, sizeBytes: 32 * MIB }),
    );

    expect(error.code).toBe(test.format === "vhdx" ? "HasChildren" : "NotSupported");
  });

  it("has nothing against a child, or a move within the volume", async () => {
    const test = disks();
    const base = await test.makeBase("base");
    const child = await test.makeChild("child", base.path);

    await test.backend.rehearse({ kind: "make child", parentPath: base.path });
    for (const { path } of [base, child]) {
      await test.backend.rehearse({ kind: "move", path, newPath: test.at("new") });
    }

    expect(test.exists(test.at("new"))).toBe(false);
  });

  it("knows for whom a disk was made", async () => {
    const test = disks();
    const own = await test.makeBase("own", { owner: "one" });
    const anybodys = await test.makeBase("anybodys");

    const answers = [
      await test.backend.isOwn(own.path, "one"),
      await test.backend.isOwn(anybodys.path, "one"),
      await test.backend.isOwn(own.path, "other"),
    ];

    expect(answers).toEqual([true, false, false]);
  });
}
