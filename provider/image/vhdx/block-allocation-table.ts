import type { DiskError } from "../../disk/errors";
import { KIB, MIB, corruptImage, readInto, readStructure, viewOf } from "../bytes";
import type { ReadableFile } from "../random-access-file";
import { borrowBytes, returnBytes } from "../scratch";
import type { DiskParameters } from "./metadata";
import type { Region } from "./region-table";

/** States of an entry for a payload block; 4 and 5 are reserved ([MS-VHDX] 2.5.1.1). */
export const PayloadState = {
  /** Nothing is held: the parent is to be asked, and without one the block reads as zeros. */
  notPresent: 0,
  /** Anything may be read; zeros, here. */
  undefined: 1,
  zero: 2,
  /** Given up by the machine that uses the disk; reads as zeros, here. */
  unmapped: 3,
  fullyPresent: 6,
  /** Differencing disks only: the sector bitmap says which sectors are held. */
  partiallyPresent: 7,
} as const;

/** States of an entry for a sector bitmap block; all others are reserved ([MS-VHDX] 2.5.1.2). */
export const SectorBitmapState = { notPresent: 0, present: 6 } as const;

/**
 * A sector bitmap block has this size, whatever the size of payload blocks; it has a bit for each
 * sector of a chunk.
 */
export const SECTOR_BITMAP_LENGTH_BYTES = MIB;
const SECTORS_IN_CHUNK = 8 * SECTOR_BITMAP_LENGTH_BYTES;

/**
 * An entry has 8 bytes: the state in bits 0 to 2, zeros in bits 3 to 19, the offset in MiB in bits
 * 20 to 63 ([MS-VHDX] 2.5.1). It is taken apart as two halves, since tables have up to 67 million
 * entries.
 */
export const BAT_ENTRY_LENGTH_BYTES = 8;
const STATE_MASK = 0b111;
const RESERVED_MASK = 0xffff8;
const OFFSET_SHIFT = 20;
const HIGH_HALF_IN_MIB = 2 ** (32 - OFFSET_SHIFT);

/** The state of an entry, given its lower half. */
export function stateOf(low: number): number {
  return low & STATE_MASK;
}

/** Whether an entry keeps to zeros what must be zero, given its lower half. */
export function hasReservedBits(low: number): boolean {
  return (low & RESERVED_MASK) !== 0;
}

/** Where the block of an entry begins, in MiB from the beginning of the file. */
export function offsetMibOf(low: number, high: number): number {
  return (low >>> OFFSET_SHIFT) + high * HIGH_HALF_IN_MIB;
}

/** Puts an entry into a part of a table. */
export function writeEntry(table: DataView, at: number, state: number, offsetBytes: number): void {
  const offsetMib = offsetBytes / MIB;
  table.setUint32(at, ((offsetMib % HIGH_HALF_IN_MIB) << OFFSET_SHIFT) | state, true);
  table.setUint32(at + 4, Math.floor(offsetMib / HIGH_HALF_IN_MIB), true);
}

/**
 * How the blocks of a disk map to entries of its table: behind the payload entries of each chunk
 * stands the entry of the chunk's sector bitmap, in every type of disk.
 *
 * @see [MS-VHDX] 2.4, 2.5
 */
export interface BlockGeometry {
  readonly sizeBytes: number;
  readonly blockSizeBytes: number;
  readonly sectorSizeBytes: number;
  readonly isDifferencing: boolean;
  readonly blockCount: number;
  /** How many payload blocks share a sector bitmap. */
  readonly chunkRatio: number;
  readonly chunkCount: number;
  /** How many entries are in use. */
  readonly entryCount: number;
}

/** Computes the geometry of a disk whose parameters are valid. */
export function computeGeometry(parameters: DiskParameters): BlockGeometry {
  const { sizeBytes, blockSizeBytes, logicalSectorSizeBytes, hasParent } = parameters;
  const chunkRatio = (SECTORS_IN_CHUNK * logicalSectorSizeBytes) / blockSizeBytes;
  const blockCount = Math.ceil(sizeBytes / blockSizeBytes);
  const chunkCount = Math.ceil(blockCount / chunkRatio);
  const entryCount = hasParent
    ? chunkCount * (chunkRatio + 1)
    : blockCount + Math.floor((blockCount - 1) / chunkRatio);
  return {
    sizeBytes,
    blockSizeBytes,
    sectorSizeBytes: logicalSectorSizeBytes,
    isDifferencing: hasParent,
    blockCount,
    chunkRatio,
    chunkCount,
    entryCount,
  };
}

/** The index of the entry of a payload block. */
export function payloadEntryIndex(geometry: BlockGeometry, block: number): number {
  return block + Math.floor(block / geometry.chunkRatio);
}

/** The index of the entry of a chunk's sector bitmap block. */
export function sectorBitmapEntryIndex(geometry: BlockGeometry, chunk: number): number {
  return geometry.chunkRatio + chunk * (geometry.chunkRatio + 1);
}

/**
 * What an entry stands for: the sector bitmap of `chunk`, or the payload block `block`, which may
 * be behind the disk.
 */
export function describeEntry(
  geometry: BlockGeometry,
  index: number,
): { readonly chunk: number; readonly block: number | undefined } {
  const chunk = Math.floor(index / (geometry.chunkRatio + 1));
  const isBitmap = index % (geometry.chunkRatio + 1) === geometry.chunkRatio;
  return { chunk, block: isBitmap ? undefined : index - chunk };
}

/** A table in its file. */
export interface BlockAllocationTable {
  /** With the log replayed. */
  readonly file: ReadableFile;
  readonly region: Region;
  readonly geometry: BlockGeometry;
}

/**
 * Entries `firstIndex` to `firstIndex + count - 1` of a table, each with 8 bytes. The memory serves
 * the next page when that is asked for.
 */
export interface BatPage {
  readonly firstIndex: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** The part of a table that is written at once. */
export const BAT_PAGE_LENGTH_BYTES = 256 * KIB;

/**
 * The part of a table that is read at once: it stays in the cache of the processor while it is
 * looked at. Two of them are in memory, since the next one is read ahead.
 */
const READ_LENGTH_BYTES = 512 * KIB;

/**
 * Reads a part of a table, page by page, and the next page while one is looked at.
 *
 * @param startIndex the first entry
 * @param endIndex the one behind the last entry
 * @throws CorruptImage when the file ends too early, IoFailed
 */
export async function* readBatPages(
  table: BlockAllocationTable,
  startIndex: number,
  endIndex: number,
): AsyncGenerator<BatPage, void, undefined> {
  const pageCount = READ_LENGTH_BYTES / BAT_ENTRY_LENGTH_BYTES;
  let ahead = readEntries(table, startIndex, Math.min(pageCount, endIndex - startIndex));
  for (let firstIndex = startIndex; firstIndex < endIndex; firstIndex += pageCount) {
    const page = await ahead;
    const next = firstIndex + pageCount;
    if (next < endIndex) {
      ahead = readEntries(table, next, Math.min(pageCount, endIndex - next));
      // A failure is reported when its turn comes, or never, where nobody asks for that page.
      ahead.catch(() => undefined);
    }
    yield page;
    returnBytes(page.bytes);
  }
}

async function readEntries(
  table: BlockAllocationTable,
  firstIndex: number,
  count: number,
): Promise<BatPage> {
  const offsetBytes = entryOffsetBytes(table, firstIndex);
  const lengthBytes = count * BAT_ENTRY_LENGTH_BYTES;
  const bytes = borrowBytes(lengthBytes);
  await readInto(table.file, "block allocation table", offsetBytes, bytes);
  return { firstIndex, count, bytes, view: viewOf(bytes) };
}

/** Where an entry is in the file. */
export function entryOffsetBytes(table: BlockAllocationTable, index: number): number {
  return table.region.offsetBytes + index * BAT_ENTRY_LENGTH_BYTES;
}

/** The damage of a table whose entry cannot be right. */
export function corruptEntry(
  table: BlockAllocationTable,
  index: number,
  reason: string,
): DiskError {
  const offsetBytes = entryOffsetBytes(table, index);
  const structure = "block allocation table";
  return corruptImage(table.file.name, structure, offsetBytes, `entry ${index}: ${reason}`);
}

/**
 * Reads one entry.
 *
 * @throws CorruptImage when the file ends too early, IoFailed
 */
export async function readBatEntry(
  table: BlockAllocationTable,
  index: number,
): Promise<{ readonly state: number; readonly offsetBytes: number }> {
  const at = entryOffsetBytes(table, index);
  const view = viewOf(
    await readStructure(table.file, "block allocation table", at, BAT_ENTRY_LENGTH_BYTES),
  );
  const low = view.getUint32(0, true);
  return { state: stateOf(low), offsetBytes: offsetMibOf(low, view.getUint32(4, true)) * MIB };
}
