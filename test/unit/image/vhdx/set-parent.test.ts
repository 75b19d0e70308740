import { MIB } from "../../../../provider/image/bytes";
import type { ParentPlace } from "../../../../provider/image/driver";
import { serializeMetadataTable } from "../../../../provider/image/vhdx/metadata-table";
import { ITEM_ID } from "../../../../provider/image/vhdx/metadata";
import {
  type LocatorEntries,
  serializeLocator,
} from "../../../../provider/image/vhdx/parent-locator";
import { setVhdxParent } from "../../../../provider/image/vhdx/set-parent";
import { readVhdxStructures } from "../../../../provider/image/vhdx/structures";
import { failureOf } from "../../../support/failure-of";
import { readAllContent } from "../../../support/image-content";
import type { MemoryFile } from "../../../support/memory-file";
import { FIXED_IDS, buildChildVhdx, buildVhdx, openVhdxChain } from "../../../support/vhdx-image";
import { logVhdxChange, writeVhdxContent } from "../../../support/vhdx-writer";

const PLACE: ParentPlace = {
  linkageId: FIXED_IDS.dataWriteId,
  absolutePath: "D:\\golden\\base.vhdx",
  relativePath: "..\\golden\\base.vhdx",
};
const OTHER_ID = "0e37f1e4-74d7-4b78-9d4b-4e7a7d0a3c55";

async function buildChild(): Promise<MemoryFile> {
  const child = await buildChildVhdx(await buildVhdx({ sizeBytes: 2 * MIB }, FIXED_IDS));
  await writeVhdxContent(child, 512, new Uint8Array(512).fill(7));
  return child;
}

async function entriesOf(file: MemoryFile): Promise<[string, string][]> {
  return [...(await readVhdxStructures(file)).parent!.entries];
}

/** Replaces the locator of a file, whose locator is the last item, by another one. */
async function withEntries(file: MemoryFile, entries: LocatorEntries): Promise<MemoryFile> {
  const { metadata, regions } = await readVhdxStructures(file);
  const locator = serializeLocator(entries);
  const items = metadata.items.map((item) =>
    item.id === ITEM_ID.parentLocator ? { ...item, lengthBytes: locator.length } : item,
  );
  file.writeNow(regions.metadata.offsetBytes, serializeMetadataTable(items));
  file.writeNow(regions.metadata.offsetBytes + items.at(-1)!.offsetBytes, locator);
  return file;
}

/**
 * Puts an item of a user behind the locator, so that the locator cannot become longer where it is.
 */
async function fillBehindLocator(file: MemoryFile, lengthBytes: number): Promise<void> {
  const { metadata, regions } = await readVhdxStructures(file);
  const last = metadata.items.at(-1)!;
  const item = {
    ...last,
    isUser: true,
    isRequired: false,
    lengthBytes,
    offsetBytes: last.offsetBytes + last.lengthBytes,
  };
  file.writeNow(regions.metadata.offsetBytes, serializeMetadataTable([...metadata.items, item]));
  file.writeNow(
    regions.metadata.offsetBytes + item.offsetBytes,
    new Uint8Array(lengthBytes).fill(0xab),
  );
}

describe("setting the parent of a VHDX", () => {
  it("records the new paths and keeps identities and the order of the keys", async () => {
    const child = await buildChild();

    await setVhdxParent(child, PLACE);

    expect(await entriesOf(child)).toEqual([
      ["parent_linkage", `{${FIXED_IDS.dataWriteId}}`],
      ["absolute_win32_path", PLACE.absolutePath],
      ["relative_path", PLACE.relativePath],
      ["parent_linkage2", "{00000000-0000-0000-0000-000000000000}"],
    ]);
  });

  it("changes the FileWriteGuid but not the DataWriteGuid, so that its own children still accept it", async () => {
    const child = await buildChild();
    const before = (await readVhdxStructures(child)).current.header;

    await setVhdxParent(child, PLACE);

    const after = (await readVhdxStructures(child)).current.header;
    expect(after.dataWriteId).toBe(before.dataWriteId);
    expect(after.fileWriteId).not.toBe(before.fileWriteId);
  });

  it("keeps the content and everything else", async () => {
    const child = await buildChild();
    const [before] = await openVhdxChain(child);
    const content = await readAllContent(before!);

    await setVhdxParent(child, PLACE);

    const [after] = await openVhdxChain(child);
    expect(Buffer.compare(await readAllContent(after!), content)).toBe(0);
    expect({ ...after!.properties, parentLocator: undefined }).toEqual({
      ...before!.properties,
      parentLocator: undefined,
    });
  });

  it("drops the relative path where there is none any more", async () => {
    const child = await buildChild();

    await setVhdxParent(child, { linkageId: PLACE.linkageId, absolutePath: PLACE.absolutePath });

    expect(new Map(await entriesOf(child)).has("relative_path")).toBe(false);
  });

  it("drops the path of the volume, which may name another disk by now, and keeps keys it does not know", async () => {
    const child = await buildChild();
    const entries = new Map(await entriesOf(child));
    entries.set("volume_path", "\\\\?\\Volume{5e0bd954-71b2-4bff-a928-082af7ab0f8f}\\base.vhdx");
    entries.set("Foreign_Key", "kept");
    await withEntries(child, entries);

    await setVhdxParent(child, PLACE);

    const keys = (await entriesOf(child)).map(([key]) => key);
    expect(keys).toEqual([
      "parent_linkage",
      "absolute_win32_path",
      "relative_path",
      "parent_linkage2",
      "Foreign_Key",
    ]);
  });

  it("accepts the second identity of a parent that is being merged into, and leaves both", async () => {
    const child = await buildChild();
    const entries = new Map(await entriesOf(child)).set("parent_linkage2", `{${OTHER_ID}}`);
    await withEntries(child, entries);

    await setVhdxParent(child, { ...PLACE, linkageId: `{${OTHER_ID.toUpperCase()}}` });

    const [image] = await openVhdxChain(child);
    expect(image!.properties.parentLocator?.linkageIds).toEqual([FIXED_IDS.dataWriteId, OTHER_ID]);
  });

  it("finds other room where the locator cannot become longer in its place", async () => {
    const child = await buildChild();
    await fillBehindLocator(child, 1000);

    await setVhdxParent(child, { ...PLACE, absolutePath: `D:\\${"deep\\".repeat(100)}base.vhdx` });

    const { metadata, parent, regions } = await readVhdxStructures(child);
    const user = metadata.items.find((item) => item.isUser)!;
    const bytes = new Uint8Array(user.lengthBytes);
    child.readNow(regions.metadata.offsetBytes + user.offsetBytes, bytes);
    expect(parent!.locator.paths.at(-1)!.path).toContain("deep");
    expect(bytes.every((byte) => byte === 0xab)).toBe(true);
  });

  it("changes nothing at all when the place is recorded already", async () => {
    const child = await buildChild();
    await setVhdxParent(child, PLACE);
    const before = child.toBytes();

    await setVhdxParent(child, PLACE);

    expect(Buffer.compare(child.toBytes(), before)).toBe(0);
  });

  it("replays a log first", async () => {
    const child = await buildChild();
    await logVhdxChange(child, (copy) => writeVhdxContent(copy, MIB, new Uint8Array(512).fill(9)));

    await setVhdxParent(child, PLACE);

    const structures = await readVhdxStructures(child);
    const [image] = await openVhdxChain(child);
    expect(structures.replay).toBeUndefined();
    expect((await readAllContent(image!))[MIB]).toBe(9);
  });
});

describe("the parent of a VHDX is not set", () => {
  async function expectRefused(file: MemoryFile, place: ParentPlace, code: string): Promise<void> {
    const before = file.toBytes();

    const error = await failureOf(setVhdxParent(file, place));

    expect(error.code).toBe(code);
    expect(Buffer.compare(file.toBytes(), before)).toBe(0);
  }

  it("to a disk it was not made over, and nothing changes", async () => {
    await expectRefused(await buildChild(), { ...PLACE, linkageId: OTHER_ID }, "ParentMismatch");
  });

  it("when it has none, and nothing changes", async () => {
    await expectRefused(await buildVhdx(), PLACE, "InvalidInput");
  });

  it("when the metadata region has no room, and nothing changes", async () => {
    const child = await buildChild();
    const { metadata } = await readVhdxStructures(child);
    const last = metadata.items.at(-1)!;
    await fillBehindLocator(child, MIB - last.offsetBytes - last.lengthBytes);

    await expectRefused(
      child,
      { ...PLACE, absolutePath: `D:\\${"x".repeat(30_000)}` },
      "UnsupportedImage",
    );
  });
});
