import { BlockAllocationTable } from "../../../../provider/image/vhd/block-allocation-table";
import { assertBlocksPlaced, placeNextBlock } from "../../../../provider/image/vhd/block-placement";
import { readStructures } from "../../../../provider/image/vhd/structures";
import { failureOf } from "../../../support/failure-of";
import type { MemoryFile } from "../../../support/memory-file";
import {
  BLOCK_SIZE_BYTES,
  HEADER_FIELD,
  SIZE_BYTES,
  bitmapOffsetOf,
  buildVhd,
  cutLastBlock,
  editDynamicHeader,
  footerOffsetOf,
  moveFooter,
  putTableEntry,
} from "../../../support/vhd-image";
import { writeVhdContent } from "../../../support/vhd-writer";

/** A dynamic disk whose blocks 0 and 1 are allocated. */
async function buildTwoBlocks(): Promise<MemoryFile> {
  const file = await buildVhd();
  await writeVhdContent(file, 0, new Uint8Array(2 * BLOCK_SIZE_BYTES).fill(7));
  return file;
}

describe("blocks", () => {
  it.each([
    [0x1000, 0x1e00], //     the first block of a dynamic disk that Windows made
    [0x13000, 0x13e00], //   of a differencing one
    [0x202000, 0x202e00], // the second block of the dynamic one
    [0x1e00, 0x1e00], //     where a footer is that Windows placed
  ])("behind %p begin at %p, so that their data is aligned to 4 KiB", (endBytes, expected) => {
    expect(placeNextBlock(endBytes, 2 * 1024 * 1024)).toBe(expected);
  });

  it("may be side by side and up to the footer", async () => {
    const file = await buildVhd();
    await writeVhdContent(file, 0, new Uint8Array(BLOCK_SIZE_BYTES).fill(7));
    const first = await bitmapOffsetOf(file, 0);
    const spanBytes = 512 + BLOCK_SIZE_BYTES;
    await moveFooter(file, first + 2 * spanBytes);

    putTableEntry(file, 1, (first + spanBytes) / 512);

    expect((await readStructures(file)).sparse).toBeDefined();
  });

  it("are refused behind the end of data, with the entry and the values", async () => {
    const file = await buildTwoBlocks();
    const end = await footerOffsetOf(file);
    const { sparse } = await readStructures(file);
    putTableEntry(file, 3, end / 512);

    const error = await failureOf(readStructures(file));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain(`block 3 at ${end} extends past the end of data at ${end}`);
    expect(error.details.facts).toMatchObject({
      structure: "block allocation table",
      offset: sparse!.header.tableOffsetBytes + 12,
    });
  });

  it("are refused far behind it as well", async () => {
    const file = await buildTwoBlocks();
    putTableEntry(file, 3, 0xfffffffe);

    expect((await failureOf(readStructures(file))).code).toBe("CorruptImage");
  });

  it.each([
    ["footer copy", 0],
    ["dynamic header", 1],
    ["dynamic header", 2],
    ["block allocation table", 3],
  ])("are refused over the %s", async (structure, sector) => {
    const file = await buildTwoBlocks();
    putTableEntry(file, 4, sector);

    const error = await failureOf(readStructures(file));

    expect(error.message).toMatch(
      new RegExp(`block 4 at ${sector * 512} overlaps the (footer copy|${structure})`),
    );
  });

  it.each([0, 1, 5, 8])(
    "are refused over another block, begun %p sectors behind it",
    async (shift) => {
      const file = await buildTwoBlocks();
      putTableEntry(file, 5, (await bitmapOffsetOf(file, 0)) / 512 + shift);

      const error = await failureOf(readStructures(file));

      expect(error.message).toContain("two blocks overlap at");
    },
  );

  it("are refused when there are more than the file has room for, in memory bounded by the file", async () => {
    const file = await buildTwoBlocks();
    const first = (await bitmapOffsetOf(file, 0)) / 512;
    for (let block = 2; block < 9; block += 1) {
      putTableEntry(file, block, first);
    }

    const error = await failureOf(readStructures(file));

    expect(error.message).toMatch(/overlap/);
  });

  it("may lack what is behind the end of the disk, in the last block", async () => {
    const file = await buildVhd();
    await writeVhdContent(file, 9 * BLOCK_SIZE_BYTES, new Uint8Array(512).fill(7));

    await cutLastBlock(file);

    expect((await readStructures(file)).sparse).toBeDefined();
  });

  it("may begin in what the last block lacks", async () => {
    const file = await buildVhd();
    await writeVhdContent(file, 9 * BLOCK_SIZE_BYTES, new Uint8Array(512).fill(7));
    await cutLastBlock(file);
    const end = await footerOffsetOf(file);
    await moveFooter(file, end + 512 + BLOCK_SIZE_BYTES);

    putTableEntry(file, 0, end / 512);

    expect((await readStructures(file)).sparse).toBeDefined();
  });

  it("may not overlap what the last block has", async () => {
    const file = await buildTwoBlocks();
    putTableEntry(file, 9, (await bitmapOffsetOf(file, 1)) / 512 - 1);

    const error = await failureOf(readStructures(file));

    expect(error.message).toContain("block 9 at");
    expect(error.message).toContain("overlaps another block at");
  });

  it("may not lack anything else", async () => {
    const file = await buildVhd();
    await writeVhdContent(file, 0, new Uint8Array(512).fill(7));

    await moveFooter(file, (await bitmapOffsetOf(file, 0)) + 512 + BLOCK_SIZE_BYTES - 512);

    expect((await failureOf(readStructures(file))).message).toContain("block 0");
  });

  it("behind those of the disk are not looked at", async () => {
    const file = await buildTwoBlocks();
    editDynamicHeader(file, (header) => header.setUint32(HEADER_FIELD.maxTableEntries, 64));
    putTableEntry(file, 10, 0);

    expect((await readStructures(file)).sparse?.header.maxTableEntries).toBe(64);
  });
});

describe("the structures of a dynamic disk", () => {
  it.each([
    ["over the dynamic header", 1024, "overlaps the"],
    ["over the footer copy", 256, "overlaps the"],
    ["behind the end of data", 1 << 20, "extend past the end of data"],
    ["far behind it", 2 ** 61, "extend past the end of data"],
  ])("are refused with the table %s", async (_, tableOffset, reason) => {
    const file = await buildTwoBlocks();
    editDynamicHeader(file, (header) =>
      header.setBigUint64(HEADER_FIELD.tableOffset, BigInt(tableOffset)),
    );

    const error = await failureOf(readStructures(file));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain(reason);
  });

  it("are refused with a table too long for the file, without reading it", async () => {
    const file = await buildTwoBlocks();
    editDynamicHeader(file, (header) => header.setUint32(HEADER_FIELD.maxTableEntries, 0xffffffff));
    file.bytesRead = 0;

    const error = await failureOf(readStructures(file));

    expect(error.code).toBe("CorruptImage");
    expect(file.bytesRead).toBeLessThanOrEqual(await file.readSize());
  });

  it("are validated by the page, not by the entry", async () => {
    const file = await buildTwoBlocks();
    const { sparse } = await readStructures(file);
    const table = new BlockAllocationTable(file, sparse!.header.tableOffsetBytes, 10);
    file.bytesRead = 0;

    await assertBlocksPlaced(table, BLOCK_SIZE_BYTES, SIZE_BYTES, [], await footerOffsetOf(file));

    expect(file.bytesRead).toBe(40);
  });
});
