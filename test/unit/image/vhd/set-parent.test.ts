import { openVhd } from "../../../../provider/image/vhd/open";
import type { ParentPlace } from "../../../../provider/image/driver";
import { setVhdParent } from "../../../../provider/image/vhd/set-parent";
import { readStructures } from "../../../../provider/image/vhd/structures";
import { failureOf } from "../../../support/failure-of";
import { readAllContent } from "../../../support/image-content";
import type { MemoryFile } from "../../../support/memory-file";
import {
  BASE_ID,
  BLOCK_SIZE_BYTES,
  CHILD_ID,
  FOOTER_FIELD,
  buildChildVhd,
  buildVhd,
  editFooter,
  footerOffsetOf,
  putLocator,
} from "../../../support/vhd-image";
import { writeVhdContent } from "../../../support/vhd-writer";

const MOVED: ParentPlace = {
  linkageId: BASE_ID,
  absolutePath: "D:\\golden\\images\\base.vhd",
  relativePath: "..\\golden\\images\\base.vhd",
};

const MOVED_PATHS = [
  { kind: "relative", path: MOVED.relativePath },
  { kind: "absolute", path: MOVED.absolutePath },
];

async function buildWrittenChild(): Promise<MemoryFile> {
  const file = await buildChildVhd();
  await writeVhdContent(file, BLOCK_SIZE_BYTES, new Uint8Array(1024).fill(7));
  return file;
}

async function readPaths(file: MemoryFile): Promise<unknown> {
  return (await openVhd(file)).properties.parentLocator?.paths;
}

/** A path that another platform recorded, as a locator of its own. */
const MAC_PATH = {
  code: "MacX",
  data: Buffer.from("file:///old/base.vhd"),
  offsetBytes: 0x1800,
} as const;

describe("recording a moved parent in a VHD", () => {
  it("replaces all paths and keeps both ids, the content and the place of the header", async () => {
    const file = await buildWrittenChild();
    const before = await openVhd(file);
    const content = await readAllContent(before);

    await setVhdParent(file, MOVED);

    const after = await openVhd(file);
    expect(after.properties).toEqual({
      ...before.properties,
      parentLocator: { linkageIds: [BASE_ID], paths: MOVED_PATHS, problems: [] },
    });
    expect(after.properties.diskId).toBe(CHILD_ID);
    expect(await readAllContent(after)).toEqual(content);
    expect((await readStructures(file)).sparse?.headerOffsetBytes).toBe(512);
  });

  it("leaves the footer and its copy the same, byte for byte as before", async () => {
    const file = await buildWrittenChild();
    await editFooter(file, (footer) => footer.setUint8(FOOTER_FIELD.reserved, 1));
    const before = (await readStructures(file)).current.bytes;

    await setVhdParent(file, MOVED);

    const { current } = await readStructures(file);
    expect(current.isMirrored).toBe(true);
    expect(current.bytes).toEqual(before);
  });

  it("leaves a disk that can be written to", async () => {
    const file = await buildWrittenChild();
    await setVhdParent(file, MOVED);

    await writeVhdContent(file, 5 * BLOCK_SIZE_BYTES, new Uint8Array(512).fill(9));

    expect((await readAllContent(await openVhd(file)))[5 * BLOCK_SIZE_BYTES]).toBe(9);
    expect(await readPaths(file)).toEqual(MOVED_PATHS);
  });

  it("changes nothing the second time", async () => {
    const file = await buildWrittenChild();
    await setVhdParent(file, MOVED);
    const before = file.toBytes();

    await setVhdParent(file, { ...MOVED, linkageId: BASE_ID.toUpperCase() });

    expect(file.toBytes()).toEqual(before);
  });

  it("changes nothing the second time for a path too long for the header", async () => {
    const file = await buildWrittenChild();
    const parent = {
      linkageId: BASE_ID,
      absolutePath: `C:\\${"d".repeat(260)}\\base.vhd`,
      relativePath: ".\\b.vhd",
    };
    await setVhdParent(file, parent);
    const before = await file.readSize();

    await setVhdParent(file, parent);

    expect(await file.readSize()).toBe(before);
  });

  it("removes paths of other platforms, which would still lead to the old place", async () => {
    const file = await buildWrittenChild();
    putLocator(file, 2, MAC_PATH);

    await setVhdParent(file, MOVED);

    expect(await readPaths(file)).toEqual(MOVED_PATHS);
  });

  it("removes paths of other platforms even where the paths of Windows are right", async () => {
    const file = await buildWrittenChild();
    await setVhdParent(file, MOVED);
    putLocator(file, 2, MAC_PATH);

    await setVhdParent(file, MOVED);

    expect(await readPaths(file)).toEqual(MOVED_PATHS);
  });

  it("removes the relative path where the parent is on another volume now", async () => {
    const file = await buildWrittenChild();

    await setVhdParent(file, { linkageId: BASE_ID, absolutePath: "E:\\base.vhd" });

    expect(await readPaths(file)).toEqual([{ kind: "absolute", path: "E:\\base.vhd" }]);
  });

  it("gives a file its footer back that a crash had taken", async () => {
    const file = await buildWrittenChild();
    await file.resize(await footerOffsetOf(file));

    await setVhdParent(file, MOVED);

    expect((await readStructures(file)).current.isMirrored).toBe(true);
    expect(await readPaths(file)).toEqual(MOVED_PATHS);
  });

  it("repairs a damaged copy of the footer, even where the paths are right", async () => {
    const file = await buildWrittenChild();
    await setVhdParent(file, MOVED);
    file.writeNow(FOOTER_FIELD.timestamp, Uint8Array.of(0xaa));

    await setVhdParent(file, MOVED);

    expect((await readStructures(file)).current.isMirrored).toBe(true);
  });

  it("makes a short footer of an early Virtual PC a whole one", async () => {
    const file = await buildWrittenChild();
    await file.resize((await file.readSize()) - 1);

    await setVhdParent(file, MOVED);

    expect((await readStructures(file)).current.isMirrored).toBe(true);
    expect((await file.readSize()) % 512).toBe(0);
  });

  it("refuses another parent before anything is written", async () => {
    const file = await buildWrittenChild();
    const before = file.toBytes();

    const error = await failureOf(setVhdParent(file, { ...MOVED, linkageId: CHILD_ID }));

    expect(error.code).toBe("ParentMismatch");
    expect(error.message).toContain(BASE_ID);
    expect(file.toBytes()).toEqual(before);
  });

  it.each(["dynamic", "fixed"] as const)("refuses a %s disk", async (type) => {
    const file = await buildVhd({ type });

    expect((await failureOf(setVhdParent(file, MOVED))).code).toBe("InvalidInput");
  });

  it("refuses a path that does not fit before anything is written", async () => {
    const file = await buildWrittenChild();
    const before = file.toBytes();

    const error = await failureOf(
      setVhdParent(file, { linkageId: BASE_ID, absolutePath: `/${"b".repeat(257)}` }),
    );

    expect(error.code).toBe("InvalidInput");
    expect(file.toBytes()).toEqual(before);
  });

  it("refuses a damaged image before anything is written", async () => {
    const file = await buildWrittenChild();
    file.writeNow(600, Uint8Array.of(0xaa));
    const before = file.toBytes();

    expect((await failureOf(setVhdParent(file, MOVED))).code).toBe("CorruptImage");
    expect(file.toBytes()).toEqual(before);
  });

  it("leaves the file open", async () => {
    const file = await buildWrittenChild();

    await setVhdParent(file, MOVED);

    expect(file.closed).toBe(false);
  });
});
