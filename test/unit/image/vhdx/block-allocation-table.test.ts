import { GIB, MIB, TIB } from "../../../../provider/image/bytes";
import {
  computeGeometry,
  describeEntry,
  hasReservedBits,
  offsetMibOf,
  payloadEntryIndex,
  sectorBitmapEntryIndex,
  stateOf,
  writeEntry,
} from "../../../../provider/image/vhdx/block-allocation-table";
import { FIXED_IDS } from "../../../support/vhdx-image";

function geometryOf(
  sizeBytes: number,
  blockSizeBytes: number,
  hasParent = false,
  logicalSectorSizeBytes = 512,
) {
  return computeGeometry({
    sizeBytes,
    blockSizeBytes,
    hasParent,
    logicalSectorSizeBytes,
    physicalSectorSizeBytes: 4096,
    leavesBlocksAllocated: false,
    diskId: FIXED_IDS.diskId,
  });
}

describe("the geometry of a block allocation table", () => {
  it.each([
    [512, 2 * MIB, 2048],
    [512, 32 * MIB, 128],
    [4096, 2 * MIB, 16384],
    [512, 256 * MIB, 16],
    [512, MIB, 4096],
    [4096, 256 * MIB, 128],
  ])(
    "with sectors of %p and blocks of %p bytes has %p blocks in a chunk",
    (sectorSize, blockSize, chunkRatio) => {
      const geometry = geometryOf(GIB, blockSize, false, sectorSize);

      expect(geometry.chunkRatio).toBe(chunkRatio);
    },
  );

  it.each([
    ["one block", 512, 1, 17],
    ["all blocks of a chunk", 16 * 256 * MIB, 16, 17],
    ["one block more than a chunk", 17 * 256 * MIB, 18, 34],
    ["two chunks", 32 * 256 * MIB, 33, 34],
    ["64 TiB", 64 * TIB, 278_527, 278_528],
  ])("counts the entries of %s", (_, sizeBytes, withoutParent, withParent) => {
    const base = geometryOf(sizeBytes, 256 * MIB);
    const child = geometryOf(sizeBytes, 256 * MIB, true);

    expect([base.entryCount, child.entryCount]).toEqual([withoutParent, withParent]);
  });

  it("puts the entry of each bitmap behind those of its chunk, in every type of disk", () => {
    const geometry = geometryOf(40 * 256 * MIB, 256 * MIB);

    const indexes = {
      payload: [0, 15, 16, 31, 32].map((block) => payloadEntryIndex(geometry, block)),
      bitmaps: [0, 1, 2].map((chunk) => sectorBitmapEntryIndex(geometry, chunk)),
    };

    expect(indexes).toEqual({ payload: [0, 15, 17, 32, 34], bitmaps: [16, 33, 50] });
  });

  it("says what each entry stands for", () => {
    const geometry = geometryOf(40 * 256 * MIB, 256 * MIB);

    const entries = [0, 15, 16, 17, 33, 34].map((index) => describeEntry(geometry, index));

    expect(entries).toEqual([
      { chunk: 0, block: 0 },
      { chunk: 0, block: 15 },
      { chunk: 0, block: undefined },
      { chunk: 1, block: 16 },
      { chunk: 1, block: undefined },
      { chunk: 2, block: 32 },
    ]);
  });
});

describe("an entry of the table", () => {
  it.each([0, MIB, 4095 * MIB, 4096 * MIB, 5000 * MIB, 128 * TIB])(
    "keeps the state and the offset %p apart",
    (offsetBytes) => {
      const view = new DataView(new ArrayBuffer(8));

      writeEntry(view, 0, 6, offsetBytes);

      const [low, high] = [view.getUint32(0, true), view.getUint32(4, true)];
      expect(view.getBigUint64(0, true)).toBe(BigInt(offsetBytes) | 6n);
      expect([stateOf(low), offsetMibOf(low, high) * MIB]).toEqual([6, offsetBytes]);
    },
  );

  it("reads all 44 bits of the offset", () => {
    const offsetMib = offsetMibOf(0xfff0_0000, 0xffff_ffff);

    expect(offsetMib).toBe(2 ** 44 - 1);
  });

  it.each([
    [0b111, false],
    [0b1000, true],
    [0x80000, true],
    [0x100000, false],
  ])("with the lower half %p has reserved bits set: %p", (low, expected) => {
    expect(hasReservedBits(low)).toBe(expected);
  });
});
