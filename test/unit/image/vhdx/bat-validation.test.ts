import { MIB } from "../../../../provider/image/bytes";
import { METADATA_TABLE_LENGTH_BYTES } from "../../../../provider/image/vhdx/metadata-table";
import { readVhdxStructures } from "../../../../provider/image/vhdx/structures";
import { failureOf } from "../../../support/failure-of";
import type { MemoryFile } from "../../../support/memory-file";
import { buildChildVhdx, buildVhdx, editBytes, putBatEntry } from "../../../support/vhdx-image";
import { writeVhdxContent } from "../../../support/vhdx-writer";

const SECTOR = new Uint8Array(512).fill(1);

/** The first free mebibyte of a small new image: behind the table. */
const PAYLOAD_MIB = 4;

function entry(state: number, offsetMib: number): bigint {
  return (BigInt(offsetMib) << 20n) | BigInt(state);
}

/** A dynamic disk of 8 blocks, of which the first one is present. */
async function buildBase(): Promise<MemoryFile> {
  const file = await buildVhdx();
  await writeVhdxContent(file, 0, SECTOR);
  return file;
}

/** A differencing disk of 8 blocks, of which the first one is partially present. */
async function buildChild(): Promise<MemoryFile> {
  const file = await buildChildVhdx(await buildVhdx());
  await writeVhdxContent(file, 0, SECTOR);
  return file;
}

/** In a chunk of 4096 blocks of 1 MiB. */
const BITMAP_INDEX = 4096;

describe("the block allocation table of a disk without parent", () => {
  it.each([0, 1, 2, 3])("may have blocks in state %p, whatever offset they keep", async (state) => {
    const file = await buildBase();
    await putBatEntry(file, 1, entry(state, PAYLOAD_MIB));

    const { table } = await readVhdxStructures(file);

    expect(table.geometry.blockCount).toBe(8);
  });

  it.each([
    ["a reserved state", 1, entry(4, 0), "state 4"],
    ["another reserved state", 1, entry(5, 0), "state 5"],
    ["a partially present block", 1, entry(7, 9), "partially present"],
    ["reserved bits set", 1, entry(0, 0) | 8n, "reserved"],
    [
      "reserved bits set in an entry that holds a block",
      0,
      entry(6, PAYLOAD_MIB) | (1n << 19n),
      "reserved",
    ],
    ["a block in the header section", 1, entry(6, 0), "header section"],
    ["a block on the log", 1, entry(6, 1), "overlaps"],
    ["a block on the metadata", 1, entry(6, 2), "overlaps"],
    ["a block on the table itself", 1, entry(6, 3), "overlaps"],
    ["a block on another block", 1, entry(6, PAYLOAD_MIB), "overlaps"],
    ["a block behind the end of the file", 1, entry(6, 5), "end of the file"],
    ["a block where no file ends", 1, entry(6, 2 ** 44 - 1), "end of the file"],
  ])("is refused with %s", async (_, index, raw, reason) => {
    const file = await buildBase();
    await putBatEntry(file, index, raw);

    const error = await failureOf(readVhdxStructures(file));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain(`entry ${index}: `);
    expect(error.message).toContain(reason);
  });

  it("is refused when its region is too small for the disk", async () => {
    const file = await buildBase();
    const sizeOffset = 2 * MIB + METADATA_TABLE_LENGTH_BYTES + 8;
    editBytes(file, sizeOffset, 8, (view) => view.setBigUint64(0, BigInt(140_000 * MIB), true));

    const error = await failureOf(readVhdxStructures(file));

    expect(error.message).toContain("no room for 140034 entries");
  });

  it("is refused with a sector bitmap", async () => {
    const file = await buildVhdx({ sizeBytes: 4097 * MIB });
    await file.resize(8 * MIB);
    await putBatEntry(file, BITMAP_INDEX, entry(6, 6));

    const error = await failureOf(readVhdxStructures(file));

    expect(error.message).toContain("sector bitmap");
  });

  it("may end in a block of which the file has only what the disk needs", async () => {
    const file = await buildVhdx({ sizeBytes: MIB + 512 });
    await writeVhdxContent(file, MIB, SECTOR);
    await file.resize((await file.readSize()) - MIB + 512);

    const { endBytes } = await readVhdxStructures(file);

    expect(endBytes).toBe(5 * MIB);
  });
});

describe("the block allocation table of a differencing disk", () => {
  it("may have partially present blocks in a chunk that has a bitmap", async () => {
    const { table } = await readVhdxStructures(await buildChild());

    expect(table.geometry.isDifferencing).toBe(true);
  });

  it("is refused when the bitmap of a partially present block is missing", async () => {
    const file = await buildChild();
    await putBatEntry(file, BITMAP_INDEX, entry(0, 0));

    const error = await failureOf(readVhdxStructures(file));

    expect(error.message).toContain(`entry ${BITMAP_INDEX}: it has no sector bitmap`);
  });

  it.each([1, 2, 3, 4, 5, 7])("is refused when a bitmap has state %p", async (state) => {
    const file = await buildChild();
    await putBatEntry(file, BITMAP_INDEX, entry(state, 4));

    const error = await failureOf(readVhdxStructures(file));

    expect(error.code).toBe("CorruptImage");
  });

  it.each([
    ["on the payload", 5],
    ["on the table", 3],
    ["behind the end of the file", 6],
  ])("is refused when a bitmap is %s", async (_, offsetMib) => {
    const file = await buildChild();
    await putBatEntry(file, 0, entry(6, 5));
    await putBatEntry(file, BITMAP_INDEX, entry(6, offsetMib));

    const error = await failureOf(readVhdxStructures(file));

    expect(error.code).toBe("CorruptImage");
  });

  it("may have anything in entries of blocks behind the end of the disk", async () => {
    const file = await buildChild();
    await putBatEntry(file, 8, entry(5, 2 ** 40));

    const { table } = await readVhdxStructures(file);

    expect(table.geometry.blockCount).toBe(8);
  });
});
