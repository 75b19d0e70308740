import type { DiskImage } from "../../provider/image/disk-image";
import { createVhd } from "../../provider/image/vhd/create";
import { openVhd } from "../../provider/image/vhd/open";
import { readStructures } from "../../provider/image/vhd/structures";
import { describeWithCorpus, readCorpusImage, readExpectedPairs } from "../support/corpus";
import { collectDataRanges, collectExtents, readAllContent } from "../support/image-content";
import { MemoryFile } from "../support/memory-file";
import { md5 } from "../support/oracles";

async function openCorpusImage(name: string): Promise<DiskImage> {
  return openVhd(MemoryFile.of(readCorpusImage(name), name));
}

describeWithCorpus("VHD images made by other software", () => {
  const expected = readExpectedPairs()["ntfs-differential.vhd"];

  it("reads the content of a differencing disk over its fixed parent", async () => {
    const child = await openCorpusImage("dfvfs_ntfs-differential.vhd");
    const parent = await openCorpusImage("dfvfs_ntfs-parent.vhd");

    const merged = md5(await readAllContent(child, parent));
    const base = md5(await readAllContent(parent));

    expect({ merged, base }).toEqual({ merged: expected?.mergedMd5, base: expected?.parentMd5 });
  });

  it("finds exactly the ranges that a child holds", async () => {
    const child = await openCorpusImage("dfvfs_ntfs-differential.vhd");

    const ranges = await collectDataRanges(child);

    expect(ranges.map((range) => [range.offsetBytes, range.lengthBytes])).toEqual(
      expected?.presentRanges,
    );
  });

  it("finds the paths and the id that Windows records of a parent", async () => {
    const child = await openCorpusImage("dfvfs_ntfs-differential.vhd");
    const parent = await openCorpusImage("dfvfs_ntfs-parent.vhd");

    const { parentLocator } = child.properties;

    expect(parentLocator).toEqual({
      linkageIds: [parent.properties.linkageId],
      paths: [
        { kind: "relative", path: ".\\ntfs-parent.vhd" },
        { kind: "absolute", path: "C:\\Projects\\dfvfs\\test_data\\ntfs-parent.vhd" },
      ],
      problems: [],
    });
  });

  it("shows the unique id in the byte order of Windows, so that it is a random one by its version", async () => {
    const parent = await openCorpusImage("dfvfs_ntfs-parent.vhd");

    const { diskId } = parent.properties;

    expect(diskId).toBe("0092eae7-9384-4e95-a816-9572339be931");
  });

  it("reads a dynamic disk of Windows", async () => {
    const dynamic = await openCorpusImage("dfvfs_ntfs-dynamic.vhd");

    const content = await readAllContent(dynamic);

    expect(dynamic.properties).toMatchObject({
      type: "dynamic",
      sizeBytes: 4194304,
      blockSizeBytes: 2097152,
    });
    // Boot signature at the end of the first sector; the volume boot record of NTFS behind it.
    expect([content[510], content[511]]).toEqual([0x55, 0xaa]);
    expect(Buffer.from(content).includes("NTFS    ")).toBe(true);
  });

  it("reads a fixed disk of Windows, with the exact size and not that of its CHS geometry", async () => {
    const bytes = readCorpusImage("dfvfs_ntfs-fixed.vhd");
    const fixed = await openCorpusImage("dfvfs_ntfs-fixed.vhd");

    const content = await readAllContent(fixed);

    expect(fixed.properties).toMatchObject({
      type: "fixed",
      sizeBytes: 4194304,
      blockSizeBytes: 0,
    });
    expect(md5(content)).toBe(md5(bytes.subarray(0, 4194304)));
  });

  it("reads an empty dynamic disk of Virtual PC as one absent run", async () => {
    const disk = await openCorpusImage("qemu-iotests_virtualpc-dynamic.vhd");

    const extents = await collectExtents(disk);

    expect(extents).toEqual([{ kind: "absent", offsetBytes: 0, lengthBytes: 127 * 1024 ** 3 }]);
  });

  it("lays out a new child byte for byte as Windows does, up to its first block", async () => {
    const windows = readCorpusImage("dfvfs_ntfs-differential.vhd");
    const { current, sparse } = await readStructures(MemoryFile.of(windows));
    const own = new MemoryFile("own.vhd");
    const parent = {
      linkageId: sparse!.header.parent!.uniqueId,
      diskId: sparse!.header.parent!.uniqueId,
      absolutePath: "C:\\Projects\\dfvfs\\test_data\\ntfs-parent.vhd",
      relativePath: ".\\ntfs-parent.vhd",
    };

    await createVhd(own, { type: "differencing", sizeBytes: 4194304, parent }, current.footer);

    // Two blocks are allocated in the one that Windows made.
    windows.fill(0xff, 0x2000, 0x2008);
    windows.copy(windows, 0x13e00, windows.length - 512);
    expect(Buffer.compare(own.toBytes(), windows.subarray(0, 0x14000))).toBe(0);
  });

  it.each(["dfvfs_ntfs-dynamic.vhd", "dfvfs_ntfs-fixed.vhd"])(
    "gives a new disk the footer and header of %s",
    async (name) => {
      const windows = MemoryFile.of(readCorpusImage(name));
      const { current, sparse } = await readStructures(windows);
      const { type, sizeBytes } = current.footer;
      const own = new MemoryFile("own.vhd");

      await createVhd(own, { type: type as "dynamic" | "fixed", sizeBytes }, current.footer);

      const written = await readStructures(own);
      expect(Buffer.compare(written.current.bytes, current.bytes)).toBe(0);
      // The table is elsewhere: nothing may be between it and the first block.
      const { tableOffsetBytes: _own, ...header } = written.sparse?.header ?? {};
      const { tableOffsetBytes: _windows, ...headerOfWindows } = sparse?.header ?? {};
      expect(header).toEqual(headerOfWindows);
    },
  );

  it.each(["dfvfs_image.vhd", "dfvfs_image-differential.vhd"])(
    "refuses %s, whose checksum is wrong",
    async (name) => {
      const opening = openCorpusImage(name);

      await expect(opening).rejects.toMatchObject({
        code: "CorruptImage",
        details: { facts: { structure: "footer" } },
      });
    },
  );
});
