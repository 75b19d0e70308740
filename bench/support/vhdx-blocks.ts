/**
 * Gives new VHDX images content that no machine would take the time to write. Written from the
 * specification alone, so that the engine reads here what it did not write.
 *
 * @see [MS-VHDX] 2.2.3 (region table), 2.5.1 (block allocation table)
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { MIB } from "./disks";

const SECTOR_BYTES = 512;
const REGION_TABLE_OFFSET_BYTES = 192 * 1024;
/** 2DC27766-F623-4200-9D64-115E9BFD4A08, as it is in files. */
const BAT_REGION_ID = Buffer.from("6677c22d23f600429d64115e9bfd4a08", "hex");
const ENTRY_BYTES = 8;
const BITMAP_BLOCK_BYTES = MIB;
const FULLY_PRESENT = 6n;
const PARTIALLY_PRESENT = 7n;
const BITMAP_PRESENT = 6n;

/** What to put into a disk. */
export interface BlockContent {
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
  /** One block of so many gets content; 1 for all. */
  readonly everyBlock?: number;
  /** How many blocks get content at most. */
  readonly maxBlocks?: number;
  /** Every other run of so many bytes is present; whole blocks unless given. At least 8 sectors. */
  readonly runBytes?: number;
  /** Whether the blocks hold random bytes, instead of zeros that take no space on the volume. */
  readonly isFilled?: boolean;
}

/** What was put into a disk. */
export interface WrittenContent {
  /** How many runs are present. */
  readonly rangeCount: number;
  readonly tableOffsetBytes: number;
  readonly tableLengthBytes: number;
}

/** Fills blocks of a new VHDX. @param path of an image that holds nothing yet */
export async function fillVhdx(path: string, content: BlockContent): Promise<WrittenContent> {
  const { sizeBytes, blockSizeBytes, everyBlock = 1, maxBlocks = Infinity, runBytes } = content;
  const file = await open(path, "r+");
  try {
    const bat = await findTable(file);
    const chunkRatio = (2 ** 23 * SECTOR_BYTES) / blockSizeBytes;
    const bits = runBytes === undefined ? undefined : makeBits(blockSizeBytes, runBytes, "vhdx");
    const payload = content.isFilled === true ? randomBytes(blockSizeBytes) : undefined;
    const bitmaps = new Map<number, number>();
    let endBytes = Math.ceil((await file.stat()).size / MIB) * MIB;
    let written = 0;
    for (
      let block = 0;
      block < sizeBytes / blockSizeBytes && written < maxBlocks;
      block += everyBlock
    ) {
      const chunk = Math.floor(block / chunkRatio);
      if (bits !== undefined) {
        const bitmapOffset = bitmaps.get(chunk) ?? endBytes;
        if (bitmapOffset === endBytes) {
          bitmaps.set(chunk, bitmapOffset);
          await writeEntry(
            file,
            bat.offsetBytes,
            (chunk + 1) * chunkRatio + chunk,
            BITMAP_PRESENT,
            bitmapOffset,
          );
          endBytes += BITMAP_BLOCK_BYTES;
        }
        await file.write(bits, 0, bits.length, bitmapOffset + (block % chunkRatio) * bits.length);
      }
      const state = bits === undefined ? FULLY_PRESENT : PARTIALLY_PRESENT;
      await writeEntry(file, bat.offsetBytes, block + chunk, state, endBytes);
      if (payload !== undefined) {
        await file.write(payload, 0, payload.length, endBytes);
      }
      endBytes += blockSizeBytes;
      written += 1;
    }
    await file.truncate(endBytes);
    const rangesOfBlock = runBytes === undefined ? 1 : Math.max(1, blockSizeBytes / runBytes / 2);
    return {
      rangeCount: written * rangesOfBlock,
      tableOffsetBytes: bat.offsetBytes,
      tableLengthBytes: bat.lengthBytes,
    };
  } finally {
    await file.close();
  }
}

/** Where the block allocation table of an image is. */
export async function findVhdxTable(
  path: string,
): Promise<{ offsetBytes: number; lengthBytes: number }> {
  const file = await open(path);
  try {
    return await findTable(file);
  } finally {
    await file.close();
  }
}

async function findTable(file: FileHandle): Promise<{ offsetBytes: number; lengthBytes: number }> {
  const table = Buffer.alloc(64 * 1024);
  await file.read(table, 0, table.length, REGION_TABLE_OFFSET_BYTES);
  const at = table.indexOf(BAT_REGION_ID);
  return {
    offsetBytes: Number(table.readBigUInt64LE(at + 16)),
    lengthBytes: table.readUInt32LE(at + 24),
  };
}

/**
 * Bits of a block in which every other run is present, beginning with the first. Runs are whole
 * bytes: no order of bits.
 */
export function makeBits(
  blockSizeBytes: number,
  runBytes: number,
  format: "vhd" | "vhdx",
): Uint8Array {
  const length = blockSizeBytes / SECTOR_BYTES / 8;
  const bits = new Uint8Array(
    format === "vhd" ? Math.ceil(length / SECTOR_BYTES) * SECTOR_BYTES : length,
  );
  const runLength = runBytes / SECTOR_BYTES / 8;
  for (let start = 0; start < length; start += 2 * runLength) {
    bits.fill(0xff, start, Math.min(start + runLength, length));
  }
  return bits;
}

async function writeEntry(
  file: FileHandle,
  tableOffsetBytes: number,
  index: number,
  state: bigint,
  offsetBytes: number,
): Promise<void> {
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.writeBigUInt64LE(BigInt(offsetBytes) | state);
  await file.write(entry, 0, ENTRY_BYTES, tableOffsetBytes + index * ENTRY_BYTES);
}
