import { MIB } from "../../../../provider/image/bytes";
import { openVhd } from "../../../../provider/image/vhd/open";
import { failureOf } from "../../../support/failure-of";
import { collectDataRanges, collectExtents, readAllContent } from "../../../support/image-content";
import type { MemoryFile } from "../../../support/memory-file";
import {
  BASE_ID,
  BLOCK_SIZE_BYTES,
  CHILD_ID,
  SIZE_BYTES,
  bitmapOffsetOf,
  buildChildVhd,
  buildVhd,
} from "../../../support/vhd-image";
import { writeVhdContent } from "../../../support/vhd-writer";

const BUILDERS = [
  ["dynamic", () => buildVhd()],
  ["differencing", () => buildChildVhd()],
] as const;

function filled(value: number, sectorCount: number): Uint8Array {
  return new Uint8Array(sectorCount * 512).fill(value);
}

/** Sets the bitmap of a block. */
async function putBitmap(file: MemoryFile, block: number, ...bytes: number[]): Promise<void> {
  file.writeNow(await bitmapOffsetOf(file, block), Uint8Array.from(bytes));
}

describe("opening a VHD", () => {
  it("says the properties of a fixed disk", async () => {
    const image = await openVhd(await buildVhd({ type: "fixed" }));

    expect(image.properties).toEqual({
      format: "vhd",
      type: "fixed",
      sizeBytes: SIZE_BYTES,
      blockSizeBytes: 0,
      logicalSectorSizeBytes: 512,
      physicalSectorSizeBytes: 512,
      diskId: BASE_ID,
      linkageId: BASE_ID,
    });
  });

  it("says the properties of a dynamic disk", async () => {
    const image = await openVhd(await buildVhd());

    expect(image.properties).toMatchObject({ type: "dynamic", blockSizeBytes: BLOCK_SIZE_BYTES });
    expect(image.properties).not.toHaveProperty("parentLocator");
  });

  it("says what a differencing disk records of its parent", async () => {
    const image = await openVhd(await buildChildVhd());

    expect(image.properties).toMatchObject({
      type: "differencing",
      diskId: CHILD_ID,
      linkageId: CHILD_ID,
      parentLocator: {
        linkageIds: [BASE_ID],
        paths: [
          { kind: "relative", path: ".\\base.vhd" },
          { kind: "absolute", path: "C:\\disks\\base.vhd" },
        ],
      },
    });
  });

  it("refuses a fixed disk whose file is too short", async () => {
    const file = await buildVhd({ type: "fixed" });
    const footer = file.toBytes().slice(-512);
    file.writeNow(SIZE_BYTES - 512, footer);
    await file.resize(SIZE_BYTES);

    const error = await failureOf(openVhd(file));

    expect(error.message).toContain(
      `the disk has ${SIZE_BYTES} bytes, but the file has only ${SIZE_BYTES - 512}`,
    );
  });

  it("closes the file when it refuses it, and only then", async () => {
    const good = await buildVhd();
    const bad = await buildVhd();
    bad.writeNow(512, Uint8Array.of(0));

    await openVhd(good);
    await failureOf(openVhd(bad));

    expect([good.closed, bad.closed]).toEqual([false, true]);
  });

  it("closes the file with the image", async () => {
    const file = await buildVhd();
    const image = await openVhd(file);

    await image.close();
    await image.close();

    expect(file.closed).toBe(true);
  });
});

describe("the extents of a VHD", () => {
  it("of a fixed disk are one run of data", async () => {
    const image = await openVhd(await buildVhd({ type: "fixed" }));

    expect(await collectExtents(image, 100, 1000)).toEqual([
      { kind: "data", offsetBytes: 100, lengthBytes: 1000, fileOffsetBytes: 100 },
    ]);
  });

  it("of a fixed disk with unused space before its footer end where the disk ends", async () => {
    const file = await buildVhd({ type: "fixed" });
    const footer = file.toBytes().slice(-512);
    file.writeNow(SIZE_BYTES + 4096, footer);

    expect(await collectDataRanges(await openVhd(file))).toEqual([
      { offsetBytes: 0, lengthBytes: SIZE_BYTES },
    ]);
  });

  it.each(BUILDERS)("of a new %s disk are one absent run", async (_, build) => {
    const image = await openVhd(await build());

    expect(await collectExtents(image)).toEqual([
      { kind: "absent", offsetBytes: 0, lengthBytes: SIZE_BYTES },
    ]);
  });

  it("of a child follow the bitmap of a block, its most significant bits first", async () => {
    const file = await buildChildVhd();
    await writeVhdContent(file, BLOCK_SIZE_BYTES, filled(7, 8));
    await putBitmap(file, 1, 0b0110_0001);
    const image = await openVhd(file);
    const data = (await bitmapOffsetOf(file, 1)) + 512;

    expect(await collectExtents(image, BLOCK_SIZE_BYTES, BLOCK_SIZE_BYTES)).toEqual([
      { kind: "absent", offsetBytes: 4096, lengthBytes: 512 },
      { kind: "data", offsetBytes: 4608, lengthBytes: 1024, fileOffsetBytes: data + 512 },
      { kind: "absent", offsetBytes: 5632, lengthBytes: 2048 },
      { kind: "data", offsetBytes: 7680, lengthBytes: 512, fileOffsetBytes: data + 7 * 512 },
    ]);
  });

  it("of a dynamic disk are data where a bit is 0, as Windows and QEMU read it", async () => {
    const file = await buildVhd();
    await writeVhdContent(file, 0, filled(7, 8));
    await putBitmap(file, 0, 0b1111_0000);

    const content = await readAllContent(await openVhd(file));

    expect(content.subarray(0, 4096)).toEqual(filled(7, 8));
  });

  it("of a child read from the parent where a bit is 0", async () => {
    const base = await buildVhd();
    await writeVhdContent(base, 0, filled(1, 8));
    const child = await buildChildVhd();
    await writeVhdContent(child, 512, filled(2, 1));

    const content = await readAllContent(await openVhd(child), await openVhd(base));

    expect(content.subarray(0, 2048)).toEqual(
      Uint8Array.of(...filled(1, 1), ...filled(2, 1), ...filled(1, 2)),
    );
  });

  it("end where the disk ends, although bits behind it are set", async () => {
    const file = await buildChildVhd();
    await writeVhdContent(file, 9 * BLOCK_SIZE_BYTES, filled(7, 3));
    await putBitmap(file, 9, 0xff, 0xff, 0xff);

    expect(await collectDataRanges(await openVhd(file))).toEqual([
      { offsetBytes: 9 * BLOCK_SIZE_BYTES, lengthBytes: 3 * 512 },
    ]);
  });

  it("are not taken from bits behind the end of the block", async () => {
    const file = await buildChildVhd();
    await writeVhdContent(file, 0, filled(7, 1));
    await putBitmap(file, 0, 0, 0xff, 0xff);

    expect(await collectDataRanges(await openVhd(file))).toEqual([]);
  });

  it("keep to a window that is not aligned to sectors", async () => {
    const file = await buildChildVhd();
    await writeVhdContent(file, 512, filled(7, 2));
    const data = (await bitmapOffsetOf(file, 0)) + 512;

    expect(await collectExtents(await openVhd(file), 500, 600)).toEqual([
      { kind: "absent", offsetBytes: 500, lengthBytes: 12 },
      { kind: "data", offsetBytes: 512, lengthBytes: 588, fileOffsetBytes: data + 512 },
    ]);
  });

  it("are merged over the borders of blocks where nothing is held", async () => {
    const file = await buildChildVhd();
    await writeVhdContent(file, 3 * BLOCK_SIZE_BYTES + 1024, filled(7, 1));

    const extents = await collectExtents(await openVhd(file));

    expect(extents.map(({ kind, offsetBytes }) => [kind, offsetBytes])).toEqual([
      ["absent", 0],
      ["data", 13312],
      ["absent", 13824],
    ]);
  });

  it("of an empty window are none", async () => {
    const image = await openVhd(await buildVhd());

    expect(await collectExtents(image, SIZE_BYTES, 0)).toEqual([]);
  });

  it.each([
    [-1, 1],
    [0, SIZE_BYTES + 1],
    [SIZE_BYTES, 1],
    [0.5, 1],
    [0, Number.NaN],
  ])("are refused for a window at %p of %p bytes", async (offsetBytes, lengthBytes) => {
    const image = await openVhd(await buildVhd());

    const error = await failureOf(collectExtents(image, offsetBytes, lengthBytes));

    expect(error.code).toBe("OutOfRange");
  });

  it("of a large block with every second sector held come in order and one by one", async () => {
    const file = await buildChildVhd({ sizeBytes: 32 * MIB, blockSizeBytes: 32 * MIB });
    await writeVhdContent(file, 0, filled(7, 1));
    file.writeNow(await bitmapOffsetOf(file, 0), new Uint8Array(8 * 1024).fill(0b1010_1010));

    const extents = await collectExtents(await openVhd(file));

    expect(extents).toHaveLength((32 * MIB) / 512);
    expect(
      extents.every(
        ({ kind, offsetBytes }, index) =>
          offsetBytes === index * 512 && (kind === "data") === (index % 2 === 0),
      ),
    ).toBe(true);
  });
});
