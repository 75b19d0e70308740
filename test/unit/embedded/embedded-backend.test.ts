import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { listNames, targetOf, useEmbeddedDisks, writeContent } from "../../support/embedded-disks";

const MIB = 1024 * 1024;
const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

describe.each(["vhd", "vhdx"] as const)("a %s on plain files", (format) => {
  it("carries what Windows expects of a child: the parent's identity, an id of its own, both paths", async () => {
    const place = makeFolder(`child-${format}`);
    const base = await makeBase(`${place}/base.${format}`, format);

    const child = await makeChild(`${place}/child.${format}`, base.path, format);

    expect(child).toMatchObject({
      type: "differencing",
      sizeBytes: 16 * MIB,
      blockSizeBytes: 2 * MIB,
    });
    expect(child.parent?.linkageIds).toEqual([base.linkageId]);
    expect(child.parent?.resolvedPath).toBe(base.path);
    expect(child.parent?.paths.slice(0, 2)).toEqual([
      { kind: "relative", path: `.\\base.${format}` },
      { kind: "absolute", path: base.path },
    ]);
    expect(child.linkageId).not.toBe(base.linkageId);
    expect(child.identity.diskId === base.identity.diskId).toBe(format === "vhdx");
  });

  it("moves with its content, and still finds its parent from the new folder", async () => {
    const place = makeFolder(`move-${format}`);
    mkdirSync(`${place}/deep`);
    const base = await makeBase(`${place}/base.${format}`, format);
    const child = await makeChild(`${place}/child.${format}`, base.path, format);
    await writeContent(child, 0, new Uint8Array(512).fill(7));

    const moved = await backend.moveDisk(targetOf(child), `${place}/deep/child.${format}`);

    expect(moved.parent?.paths[0]).toEqual({ kind: "relative", path: `..\\base.${format}` });
    expect(moved.parent?.resolvedPath).toBe(base.path);
    expect(listNames(place).toSorted()).toEqual([`base.${format}`, "deep"]);
  });

  it("finishes a move that was cut off, at either point", async () => {
    const place = makeFolder(`cut-${format}`);
    const base = await makeBase(`${place}/base.${format}`, format);
    const one = await makeChild(`${place}/one.${format}`, base.path, format);
    const two = await makeChild(`${place}/two.${format}`, base.path, format);
    linkSync(one.path, `${place}/one-moved.${format}`);
    renameSync(two.path, `${place}/two-moved.${format}`);

    await backend.moveDisk(targetOf(one), `${place}/one-moved.${format}`);
    await backend.moveDisk(targetOf(two), `${place}/two-moved.${format}`);

    expect(listNames(place).toSorted()).toEqual([
      `base.${format}`,
      `one-moved.${format}`,
      `two-moved.${format}`,
    ]);
  });

  it("does not move onto another file, nor leave its children behind", async () => {
    const place = makeFolder(`taken-${format}`);
    const base = await makeBase(`${place}/base.${format}`, format);
    const child = await makeChild(`${place}/child.${format}`, base.path, format);
    writeFileSync(`${place}/taken.${format}`, "precious");

    await expect(backend.moveDisk(targetOf(child), `${place}/taken.${format}`)).rejects.toThrow(
      /^\[AlreadyExists\]/,
    );
    await expect(backend.moveDisk(targetOf(base), `${place}/other.${format}`)).rejects.toThrow(
      /^\[HasChildren\]/,
    );
    expect(readFileSync(`${place}/taken.${format}`, "utf8")).toBe("precious");
    expect((await backend.readChain(child.path)).map((disk) => disk.path)).toEqual([
      child.path,
      base.path,
    ]);
  });

  it("is pointed at a parent that moved, and at no other disk", async () => {
    const place = makeFolder(`parent-${format}`);
    const base = await makeBase(`${place}/base.${format}`, format);
    const child = await makeChild(`${place}/child.${format}`, base.path, format);
    await makeBase(`${place}/other.${format}`, format);
    mkdirSync(`${place}/away`);
    renameSync(base.path, `${place}/away/base.${format}`);
    await expect(backend.readChain(child.path)).rejects.toThrow(/^\[ParentNotFound\].*base/);

    await expect(backend.setParent(targetOf(child), `${place}/other.${format}`)).rejects.toThrow(
      /^\[ParentMismatch\]/,
    );
    await expect(backend.setParent(targetOf(child), `${place}/none.${format}`)).rejects.toThrow(
      /^\[ParentNotFound\]/,
    );
    const repaired = await backend.setParent(targetOf(child), `${place}/away/base.${format}`);

    expect(repaired.parent?.resolvedPath).toBe(`${place}/away/base.${format}`);
    expect(repaired.identity).toMatchObject({ diskId: child.identity.diskId });
  });
});

describe("the creation of a differencing disk", () => {
  it.each<[string, (place: string) => void, RegExp]>([
    ["missing", () => undefined, /^\[ParentNotFound\].*base\.vhdx/],
    [
      "no image at all",
      (place) => writeFileSync(`${place}/base.vhdx`, "text"),
      /^\[UnsupportedImage\].*base\.vhdx/,
    ],
    ["a folder", (place) => mkdirSync(`${place}/base.vhdx`), /^\[UnsupportedImage\].*base\.vhdx/],
  ])("names a parent that is %s, and writes nothing", async (name, prepare, reason) => {
    const place = makeFolder(`parent is ${name}`);
    prepare(place);
    const before = listNames(place);

    await expect(makeChild(`${place}/child.vhdx`, `${place}/base.vhdx`)).rejects.toThrow(reason);
    expect(listNames(place)).toEqual(before);
  });

  it("names a parent that is damaged, and writes nothing", async () => {
    const place = makeFolder("parent-damaged");
    const base = await makeBase(`${place}/base.vhdx`);
    truncateSync(base.path, 2.5 * MIB);

    await expect(makeChild(`${place}/child.vhdx`, base.path)).rejects.toThrow(
      /^\[CorruptImage\].*base\.vhdx/,
    );
    expect(listNames(place)).toEqual(["base.vhdx"]);
  });

  it("refuses a parent of the other format, whatever its extension says", async () => {
    const place = makeFolder("parent-format");
    await makeBase(`${place}/base.vhd`, "vhd");
    renameSync(`${place}/base.vhd`, `${place}/base.vhdx`);

    await expect(makeChild(`${place}/child.vhdx`, `${place}/base.vhdx`)).rejects.toThrow(
      /^\[ParentMismatch\].*VHD/,
    );
  });

  it("refuses sizes that do not fit the parent", async () => {
    const place = makeFolder("parent-size");
    const base = await makeBase(`${place}/base.vhd`, "vhd");
    const request = {
      type: "differencing",
      format: "vhd",
      path: `${place}/child.vhd`,
      parentPath: base.path,
    } as const;

    await expect(backend.createDisk({ ...request, sizeBytes: 8 * MIB })).rejects.toThrow(
      /^\[OutOfRange\]/,
    );
    await expect(backend.createDisk({ ...request, sizeBytes: 32 * MIB })).rejects.toThrow(
      /^\[NotSupported\]/,
    );
    expect(listNames(place)).toEqual(["base.vhd"]);
  });

  it("finds a parent whose name differs in case, as on Windows", async () => {
    const place = makeFolder("case");
    const base = await makeBase(`${place}/Base.vhdx`);
    const child = await makeChild(`${place}/child.vhdx`, base.path);
    renameSync(base.path, `${place}/BASE.VHDX`);

    expect(await backend.readChain(child.path)).toHaveLength(2);
  });

  it("of a fixed disk, and its growth, need the space that they promise", async () => {
    const place = makeFolder("space");
    const request = {
      type: "fixed",
      format: "vhdx",
      path: `${place}/a.vhdx`,
      sizeBytes: 60 * 1024 ** 4,
    } as const;

    await expect(backend.createDisk(request)).rejects.toThrow(
      /^\[IoFailed\].*not have enough free space/,
    );
    expect(listNames(place)).toEqual([]);
    const small = await backend.createDisk({ ...request, sizeBytes: 16 * MIB });
    await expect(backend.growDisk(targetOf(small), 60 * 1024 ** 4)).rejects.toThrow(
      /^\[IoFailed\].*not have enough free space/,
    );
    expect((await backend.growDisk(targetOf(small), 32 * MIB)).sizeBytes).toBe(32 * MIB);
  });
});
