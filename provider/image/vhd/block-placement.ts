import { FILE_SECTOR_SIZE_BYTES, alignUp, corruptImage } from "../bytes";
import type { BlockAllocationTable } from "./block-allocation-table";
import { bitmapSizeOf } from "./sector-bitmap";

/** Windows places blocks so that their data, not their bitmap, is aligned to the sectors of modern disks. */
const DATA_ALIGNMENT_BYTES = 4096;

const TABLE = "block allocation table";

/** A part of the file that one structure takes. */
export interface FileArea {
  readonly structure: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Where the next block goes, beginning with its bitmap: at or behind `endBytes`, its data aligned to 4 KiB as Windows
 * does. Where no block follows, Windows puts the footer there.
 *
 * @param endBytes the end of what the file holds so far, without the footer
 */
export function placeNextBlock(endBytes: number, blockSizeBytes: number): number {
  const bitmapSizeBytes = bitmapSizeOf(blockSizeBytes);
  return alignUp(endBytes + bitmapSizeBytes, DATA_ALIGNMENT_BYTES) - bitmapSizeBytes;
}

/**
 * Proves that structures lie inside the file and do not overlap.
 *
 * @param path of the file, for messages
 * @param endOfDataBytes where the footer begins
 * @throws CorruptImage
 */
export function assertAreasPlaced(path: string, areas: readonly FileArea[], endOfDataBytes: number): void {
  const sorted = areas.toSorted((left, right) => left.offsetBytes - right.offsetBytes);
  for (const [index, { structure, offsetBytes, lengthBytes }] of sorted.entries()) {
    const next = sorted[index + 1];
    if (offsetBytes + lengthBytes > endOfDataBytes) {
      const reason = `its ${lengthBytes} bytes reach behind the end of data at ${endOfDataBytes}`;
      throw corruptImage(path, structure, offsetBytes, reason);
    }
    if (next !== undefined && offsetBytes + lengthBytes > next.offsetBytes) {
      const reason = `it overlaps the ${next.structure} at ${next.offsetBytes}`;
      throw corruptImage(path, structure, offsetBytes, reason);
    }
  }
}

/**
 * Proves that every allocated block lies inside the file and overlaps neither another block nor a structure. Takes four
 * bytes of memory for each block that the file has room for.
 *
 * @param sizeBytes the virtual size: what the last block has behind it may be missing from the file
 * @param areas what no block may overlap
 * @param endOfDataBytes where the footer begins
 * @throws CorruptImage, IoFailed
 */
export async function assertBlocksPlaced(
  table: BlockAllocationTable,
  blockSizeBytes: number,
  sizeBytes: number,
  areas: readonly FileArea[],
  endOfDataBytes: number,
): Promise<void> {
  const bitmapSizeBytes = bitmapSizeOf(blockSizeBytes);
  const spanBytes = bitmapSizeBytes + blockSizeBytes;
  const corrupt = (block: number, reason: string): Error =>
    corruptImage(table.file.name, TABLE, table.entryOffsetOf(block), `block ${block} ${reason}`);
  // One more than there is room for without overlapping, since the last block may be cut short.
  const sectors = new Uint32Array(Math.min(table.blockCount, Math.floor(endOfDataBytes / spanBytes) + 1));
  let count = 0;
  await table.visitAllocated((block, offsetBytes) => {
    const usedBytes = bitmapSizeBytes + Math.min(blockSizeBytes, sizeBytes - block * blockSizeBytes);
    if (offsetBytes + usedBytes > endOfDataBytes) {
      throw corrupt(block, `at ${offsetBytes} reaches behind the end of data at ${endOfDataBytes}`);
    }
    const area = areas.find((candidate) => overlaps(candidate, offsetBytes, spanBytes));
    if (area !== undefined) {
      throw corrupt(block, `at ${offsetBytes} overlaps the ${area.structure} at ${area.offsetBytes}`);
    }
    if (count === sectors.length) {
      throw corrupt(block, `at ${offsetBytes} must overlap another one, since the file has no room for so many`);
    }
    sectors[count] = offsetBytes / FILE_SECTOR_SIZE_BYTES;
    count += 1;
  });
  const found = sectors.subarray(0, count);
  found.sort();
  assertDisjoint(table, found, spanBytes / FILE_SECTOR_SIZE_BYTES);
}

function assertDisjoint(table: BlockAllocationTable, sortedSectors: Uint32Array, spanSectors: number): void {
  for (let index = 1; index < sortedSectors.length; index += 1) {
    const previous = sortedSectors[index - 1] ?? 0;
    const sector = sortedSectors[index] ?? 0;
    if (sector - previous < spanSectors) {
      const reason = `two blocks overlap at ${sector * FILE_SECTOR_SIZE_BYTES}`;
      throw corruptImage(table.file.name, TABLE, table.offsetBytes, reason);
    }
  }
}

function overlaps(area: FileArea, offsetBytes: number, lengthBytes: number): boolean {
  return offsetBytes < area.offsetBytes + area.lengthBytes && area.offsetBytes < offsetBytes + lengthBytes;
}
