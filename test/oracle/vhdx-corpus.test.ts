import type { DiskImage } from "../../provider/image/disk-image";
import { growVhdx } from "../../provider/image/vhdx/grow";
import { openVhdx } from "../../provider/image/vhdx/open";
import { serializeLocator } from "../../provider/image/vhdx/parent-locator";
import { setVhdxParent } from "../../provider/image/vhdx/set-parent";
import { readVhdxStructures } from "../../provider/image/vhdx/structures";
import { describeWithCorpus, readCorpusImage, readExpectedPairs } from "../support/corpus";
import { collectDataRanges, collectExtents, readAllContent } from "../support/image-content";
import { MemoryFile } from "../support/memory-file";
import { md5 } from "../support/oracles";
import { buildVhdx, openVhdxChain } from "../support/vhdx-image";

jest.setTimeout(60_000);

const MIB = 1024 * 1024;
const BLOCK = 32 * MIB;
const LOG_REPLAY_MD5 = "671f96cf63f64ba869ce0fda80a48c6d";

function readFile(name: string): MemoryFile {
  return MemoryFile.of(readCorpusImage(name), name);
}

async function openCorpusImage(name: string): Promise<DiskImage> {
  return openVhdx(readFile(name));
}

describeWithCorpus("VHDX images made by other software", () => {
  const expected = readExpectedPairs()["fat-differential.vhdx"];

  it("reads the content of a differencing disk over its fixed parent", async () => {
    const child = await openCorpusImage("dfvfs_fat-differential.vhdx");
    const parent = await openCorpusImage("dfvfs_fat-parent.vhdx");

    const merged = md5(await readAllContent(child, parent));
    const base = md5(await readAllContent(parent));

    expect({ merged, base }).toEqual({ merged: expected?.mergedMd5, base: expected?.parentMd5 });
  });

  it("finds exactly the ranges that a child holds, although its bitmap has stale bits", async () => {
    const child = await openCorpusImage("dfvfs_fat-differential.vhdx");

    const ranges = await collectDataRanges(child);

    expect(ranges.map((range) => [range.offsetBytes, range.lengthBytes])).toEqual(
      expected?.presentRanges,
    );
  });

  it("finds the paths and the id that Windows records of a parent, and the page 83 id they share", async () => {
    const child = await openCorpusImage("dfvfs_fat-differential.vhdx");
    const parent = await openCorpusImage("dfvfs_fat-parent.vhdx");

    const { parentLocator, diskId } = child.properties;

    expect(diskId).toBe(parent.properties.diskId);
    expect(parentLocator?.linkageIds).toEqual([parent.properties.linkageId]);
    expect(parentLocator?.paths.map(({ kind }) => kind)).toEqual([
      "relative",
      "volume",
      "absolute",
    ]);
    expect(parentLocator?.paths[0]?.path).toBe(".\\fat-parent.vhdx");
  });

  it("writes a parent locator byte for byte as Windows does", async () => {
    const { metadata, parent } = await readVhdxStructures(readFile("dfvfs_fat-differential.vhdx"));

    const written = serializeLocator(parent!.entries);

    expect(Buffer.compare(written, metadata.parentLocator!)).toBe(0);
  });

  it("writes a region table byte for byte as Windows does", async () => {
    const windows = readCorpusImage("dfvfs_fat-parent.vhdx").subarray(192 * 1024, 320 * 1024);

    const own = (await buildVhdx()).toBytes().subarray(192 * 1024, 320 * 1024);

    expect(Buffer.compare(own, windows)).toBe(0);
  });

  it("reads a dynamic disk of Windows whose log holds stale entries only", async () => {
    const { replay } = await readVhdxStructures(readFile("dfvfs_ntfs-dynamic.vhdx"));
    const image = await openCorpusImage("dfvfs_ntfs-dynamic.vhdx");

    const content = Buffer.from(await readAllContent(image));

    expect(replay).toBeUndefined();
    expect(content.subarray(510, 512).toString("hex")).toBe("55aa");
    expect(content.includes("NTFS    ")).toBe(true);
  });

  it("reads a disk of QEMU, which marks no region as required", async () => {
    const image = await openCorpusImage("dfvfs_ext2.vhdx");

    const content = await readAllContent(image);

    expect(image.properties).toMatchObject({
      type: "dynamic",
      sizeBytes: 4 * MIB,
      blockSizeBytes: 8 * MIB,
    });
    // The magic number of ext2 in the superblock.
    expect([content[1024 + 56], content[1024 + 57]]).toEqual([0x53, 0xef]);
  });

  it("reads a disk of Windows with zero blocks", async () => {
    const image = await openCorpusImage("qemu-iotests_iotest-dynamic-1G.vhdx");

    const extents = await collectExtents(image);
    const digest = md5(await readAllContent(image));

    expect(extents.map(({ kind, lengthBytes }) => [kind, lengthBytes / BLOCK])).toEqual([
      ["data", 3],
      ["zero", 29],
    ]);
    expect(digest).toBe("8a5df7512d96578c537279cee90b5e8d");
  });

  it("reads a disk of Windows whose table is empty until its log is replayed", async () => {
    const image = await openCorpusImage("discutils_vhdx-log-replay.vhdx");

    const extents = await collectExtents(image);
    const digest = md5(await readAllContent(image));

    expect(extents.map(({ kind, lengthBytes }) => [kind, lengthBytes / BLOCK])).toEqual([
      ["data", 1],
      ["absent", 2],
      ["zero", 1],
      ["absent", 5],
      ["zero", 1],
      ["absent", 21],
      ["zero", 1],
    ]);
    expect(digest).toBe(LOG_REPLAY_MD5);
  });

  it("replays the log of Windows to the file when it grows the disk", async () => {
    const file = readFile("discutils_vhdx-log-replay.vhdx");

    await growVhdx(file, 1024 * MIB + 512);

    const { replay, metadata } = await readVhdxStructures(file);
    const [image] = await openVhdxChain(file);
    const content = await readAllContent(image!);
    expect(replay).toBeUndefined();
    expect(metadata.parameters.sizeBytes).toBe(1024 * MIB + 512);
    expect(md5(content.subarray(0, 1024 * MIB))).toBe(LOG_REPLAY_MD5);
  });

  it("re-parents a child of Windows without touching its content, and drops the path of the volume", async () => {
    const file = readFile("dfvfs_fat-differential.vhdx");
    const parent = await openCorpusImage("dfvfs_fat-parent.vhdx");

    await setVhdxParent(file, {
      linkageId: parent.properties.linkageId,
      absolutePath: "D:\\moved\\fat-parent.vhdx",
    });

    const [child] = await openVhdxChain(file);
    expect(child!.properties.parentLocator?.paths).toEqual([
      { kind: "absolute", path: "D:\\moved\\fat-parent.vhdx" },
    ]);
    expect(md5(await readAllContent(child!, parent))).toBe(expected?.mergedMd5);
  });
});
