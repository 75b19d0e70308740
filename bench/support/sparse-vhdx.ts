import { randomBytes } from "node:crypto";
import { MIB, alignUp, viewOf } from "../../provider/image/bytes";
import { openNodeFile } from "../../provider/embedded/node-file";
import type { RandomAccessFile } from "../../provider/image/random-access-file";
import {
  BAT_ENTRY_LENGTH_BYTES,
  type BlockAllocationTable,
  PayloadState,
  SECTOR_BITMAP_LENGTH_BYTES,
  SectorBitmapState,
  entryOffsetBytes,
  payloadEntryIndex,
  sectorBitmapEntryIndex,
  writeEntry,
} from "../../provider/image/vhdx/block-allocation-table";
import { markSectors } from "../../provider/image/vhdx/sector-bitmap";
import { readVhdxStructures } from "../../provider/image/vhdx/structures";

/** What a child holds: every so many blocks one that is partially present, in which every other run is held. */
export interface ScatteredContent {
  /** 1 for all blocks. */
  readonly everyBlock: number;
  /** A power of two, at least a sector and at most half a block. */
  readonly runBytes: number;
  /** Whether the blocks hold random bytes, instead of zeros that take no space on the volume. */
  readonly isFilled?: boolean;
}

/** What was written. */
export interface Scattered {
  /** How many entries the block allocation table has. */
  readonly entryCount: number;
  /** Where the bits of each block that is held in part lie in the file. */
  readonly bitmapOffsets: readonly number[];
  /** How many runs are held. */
  readonly rangeCount: number;
}

/**
 * Gives a new differencing VHDX content that no machine would take the time to write.
 *
 * @param path of a child that holds nothing yet
 */
export async function scatterIntoVhdx(path: string, content: ScatteredContent): Promise<Scattered> {
  const file = await openNodeFile(path, "read-write");
  try {
    const { table } = await readVhdxStructures(file);
    const { blockSizeBytes, sectorSizeBytes, chunkRatio } = table.geometry;
    const bits = makeBits(blockSizeBytes / sectorSizeBytes, content.runBytes / sectorSizeBytes);
    const bitmaps = new Map<number, number>();
    let endBytes = alignUp(await file.readSize(), MIB);
    const bitmapOffsets: number[] = [];
    for (let block = 0; block < table.geometry.blockCount; block += content.everyBlock) {
      const chunk = Math.floor(block / chunkRatio);
      const bitmapOffset = bitmaps.get(chunk) ?? endBytes;
      if (bitmapOffset === endBytes) {
        bitmaps.set(chunk, bitmapOffset);
        await putEntry(file, table, sectorBitmapEntryIndex(table.geometry, chunk), SectorBitmapState.present, endBytes);
        endBytes += SECTOR_BITMAP_LENGTH_BYTES;
      }
      bitmapOffsets.push(bitmapOffset + (block % chunkRatio) * bits.length);
      await file.write(bitmapOffsets.at(-1)!, bits);
      const index = payloadEntryIndex(table.geometry, block);
      await putEntry(file, table, index, PayloadState.partiallyPresent, endBytes);
      if (content.isFilled === true) {
        await file.write(endBytes, randomBytes(blockSizeBytes));
      }
      endBytes += blockSizeBytes;
    }
    await file.resize(endBytes);
    const runsOfBlock = blockSizeBytes / content.runBytes / 2;
    return { entryCount: table.geometry.entryCount, bitmapOffsets, rangeCount: bitmapOffsets.length * runsOfBlock };
  } finally {
    await file.close();
  }
}

/** Every other run is held, beginning with the first. */
function makeBits(sectorCount: number, runSectors: number): Uint8Array {
  const bits = new Uint8Array(sectorCount / 8);
  for (let sector = 0; sector < sectorCount; sector += 2 * runSectors) {
    markSectors(bits, sector, sector + runSectors, true);
  }
  return bits;
}

async function putEntry(
  file: RandomAccessFile,
  table: BlockAllocationTable,
  index: number,
  state: number,
  offsetBytes: number,
): Promise<void> {
  const entry = new Uint8Array(BAT_ENTRY_LENGTH_BYTES);
  writeEntry(viewOf(entry), 0, state, offsetBytes);
  await file.write(entryOffsetBytes(table, index), entry);
}
