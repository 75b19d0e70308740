import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { DiskError } from "../../../provider/disk/errors";
import { createAtomically, linkWithoutReplacing } from "../../../provider/embedded/atomic-create";
import { useTempFolder } from "../../support/temp-folder";

const folder = useTempFolder();

function makeFolder(name: string): string {
  mkdirSync(folder(name));
  return folder(name);
}

describe("the creation of a file", () => {
  it("gives the name only to the complete file, and leaves nothing else behind", async () => {
    const place = makeFolder("complete");

    await createAtomically(`${place}/a.vhdx`, async (file) => {
      await file.write(0, Buffer.from("content"));
      expect(readdirSync(place).filter((name) => name.endsWith(".vhdx"))).toEqual([]);
    });

    expect(readdirSync(place)).toEqual(["a.vhdx"]);
    expect(readFileSync(`${place}/a.vhdx`, "utf8")).toBe("content");
  });

  it("leaves nothing behind when writing fails", async () => {
    const place = makeFolder("failed");
    const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });

    const creation = createAtomically(`${place}/a.vhdx`, () => Promise.reject(full));

    await expect(creation).rejects.toThrow(/^\[IoFailed\].*a\.vhdx.*ENOSPC.*volume is full/);
    expect(readdirSync(place)).toEqual([]);
  });

  it("passes on why writing failed", async () => {
    const place = makeFolder("reason");
    const reason = new DiskError("OutOfRange", { what: "too large" });

    await expect(createAtomically(`${place}/a.vhdx`, () => Promise.reject(reason))).rejects.toBe(
      reason,
    );
  });

  it.each([
    ["a file", (path: string) => writeFileSync(path, "precious")],
    ["a folder", (path: string) => mkdirSync(path)],
    ["a link to nowhere", (path: string) => symlinkSync("/nowhere", path)],
  ])("never replaces %s", async (name, put) => {
    const place = makeFolder(`taken by ${name}`);
    put(`${place}/a.vhdx`);
    let asked = false;

    const creation = createAtomically(`${place}/a.vhdx`, () => {
      asked = true;
      return Promise.resolve();
    });

    await expect(creation).rejects.toThrow(/^\[AlreadyExists\].*a\.vhdx/);
    expect(asked).toBe(false);
    expect(readdirSync(place)).toEqual(["a.vhdx"]);
  });

  it("never replaces a file that appears while it writes", async () => {
    const place = makeFolder("race");

    const creation = createAtomically(`${place}/a.vhdx`, () => {
      writeFileSync(`${place}/a.vhdx`, "precious");
      return Promise.resolve();
    });

    await expect(creation).rejects.toThrow(/^\[AlreadyExists\]/);
    expect(readdirSync(place)).toEqual(["a.vhdx"]);
    expect(readFileSync(`${place}/a.vhdx`, "utf8")).toBe("precious");
  });

  it("removes what a killed process left behind, and nothing else", async () => {
    const place = makeFolder("abandoned");
    writeFileSync(`${place}/.a.vhdx.vhd-partial`, "half");
    writeFileSync(`${place}/.b.vhdx.vhd-partial`, "half of another");

    await createAtomically(`${place}/a.vhdx`, (file) => file.write(0, Buffer.from("whole")));

    expect(readdirSync(place).toSorted()).toEqual([".b.vhdx.vhd-partial", "a.vhdx"]);
    expect(readFileSync(`${place}/a.vhdx`, "utf8")).toBe("whole");
  });

  it("works for the longest name that a folder can hold", async () => {
    const place = makeFolder("long");
    const name = `${"n".repeat(250)}.vhdx`;

    await createAtomically(`${place}/${name}`, (file) => file.write(0, Buffer.from("whole")));

    expect(readdirSync(place)).toEqual([name]);
  });

  it("says that the folder is missing, not that the disk is", async () => {
    const creation = createAtomically(folder("nowhere/a.vhdx"), () => Promise.resolve());

    await expect(creation).rejects.toThrow(/^\[Unavailable\].*Mount its volume/);
  });
});

describe("a second name of a file", () => {
  it("leads to the same content", async () => {
    const place = makeFolder("second-name");
    writeFileSync(`${place}/a`, "content");

    await linkWithoutReplacing(`${place}/a`, `${place}/b`);

    expect(readdirSync(place)).toEqual(["a", "b"]);
    expect(readFileSync(`${place}/b`, "utf8")).toBe("content");
  });

  it("never replaces another file", async () => {
    const place = makeFolder("second-name-taken");
    writeFileSync(`${place}/a`, "content");
    writeFileSync(`${place}/b`, "precious");

    await expect(linkWithoutReplacing(`${place}/a`, `${place}/b`)).rejects.toThrow(
      /^\[AlreadyExists\]/,
    );
    expect(readFileSync(`${place}/b`, "utf8")).toBe("precious");
  });
});
