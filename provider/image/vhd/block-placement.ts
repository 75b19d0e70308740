import { FILE_SECTOR_SIZE_BYTES, alignUp, corruptImage } from "../bytes";
import { validateAlone } from "../large-tables";
import type { BlockAllocationTable } from "./block-allocation-table";
import { bitmapSizeOf } from "./sector-bitmap";

/**
 * Windows places blocks so that their data, not their bitmap, is aligned to the sectors of modern
 * disks.
 */
const DATA_ALIGNMENT_BYTES = 4096;

const TABLE = "block allocation table";

/** The validation of larger tables takes more than 1 MiB of memory. */
const SMALL_BLOCK_COUNT = 256 * 1024;

/** A part of the file. */
interface FileRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** The part of the file that one structure takes. */
export interface FileArea extends FileRange {
  readonly structure: string;
}

/**
 * Where the next block goes, beginning with its bitmap: at or behind `endBytes`, its data aligned
 * to 4 KiB as Windows does. Where no block follows, Windows puts the footer there.
 *
 * @param endBytes the end of what the file holds so far, without the footer
 */
export function placeNextBlock(endBytes: number, blockSizeBytes: number): number {
  const bitmapSizeBytes = bitmapSizeOf(blockSizeBytes);
  return alignUp(endBytes + bitmapSizeBytes, DATA_ALIGNMENT_BYTES) - bitmapSizeBytes;
}

/**
 * Proves that structures are inside the file and do not overlap.
 *
 * @param path of the file, for messages
 * @param endOfDataBytes where the footer begins
 * @throws CorruptImage
 */
export function assertAreasPlaced(
  path: string,
  areas: readonly FileArea[],
  endOfDataBytes: number,
): void {
  const sorted = areas.toSorted((left, right) => left.offsetBytes - right.offsetBytes);
  for (const [index, { structure, offsetBytes, lengthBytes }] of sorted.entries()) {
    const next = sorted[index + 1];
    if (offsetBytes + lengthBytes > endOfDataBytes) {
      const reason = `its ${lengthBytes} bytes extend past the end of data at ${endOfDataBytes}`;
      throw corruptImage(path, structure, offsetBytes, reason);
    }
    if (next !== undefined && offsetBytes + lengthBytes > next.offsetBytes) {
      const reason = `it overlaps the ${next.structure} at ${next.offsetBytes}`;
      throw corruptImage(path, structure, offsetBytes, reason);
    }
  }
}

/**
 * Proves that every allocated block is inside the file and overlaps neither another block nor a
 * structure. Takes four bytes of memory for each block that the file has room for.
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
  if (table.blockCount <= SMALL_BLOCK_COUNT) {
    await assertPlaced(table, blockSizeBytes, sizeBytes, areas, endOfDataBytes);
    return;
  }
  await validateAlone(() => assertPlaced(table, blockSizeBytes, sizeBytes, areas, endOfDataBytes));
}

async function assertPlaced(
  table: BlockAllocationTable,
  blockSizeBytes: number,
  sizeBytes: number,
  areas: readonly FileArea[],
  endOfDataBytes: number,
): Promise<void> {
  const bitmapSizeBytes = bitmapSizeOf(blockSizeBytes);
  const wholeBlocks = new WholeBlocks(table, bitmapSizeBytes + blockSizeBytes, endOfDataBytes);
  await table.visitAllocated((block, offsetBytes) => {
    const usedBytes = Math.min(blockSizeBytes, sizeBytes - block * blockSizeBytes);
    const area = { offsetBytes, lengthBytes: bitmapSizeBytes + usedBytes };
    if (offsetBytes + area.lengthBytes > endOfDataBytes) {
      throw corruptEntry(
        table,
        block,
        `at ${offsetBytes} extends past the end of data at ${endOfDataBytes}`,
      );
    }
    const overlapped = areas.find((candidate) => overlaps(candidate, area));
    if (overlapped !== undefined) {
      throw corruptEntry(
        table,
        block,
        `at ${offsetBytes} overlaps the ${overlapped.structure} at ${overlapped.offsetBytes}`,
      );
    }
    if (usedBytes === blockSizeBytes) {
      wholeBlocks.add(block, offsetBytes);
    } else {
      // The last block of the disk, and so the last one that is visited.
      wholeBlocks.assertNoneOverlaps(block, area);
    }
  });
  wholeBlocks.assertDisjoint();
}

/** The places of blocks of equal length, four bytes each. */
class WholeBlocks {
  readonly #sectors: Uint32Array;
  #count = 0;

  constructor(
    private readonly table: BlockAllocationTable,
    private readonly spanBytes: number,
    endOfDataBytes: number,
  ) {
    this.#sectors = new Uint32Array(
      Math.min(table.blockCount, Math.floor(endOfDataBytes / spanBytes)),
    );
  }

  add(block: number, offsetBytes: number): void {
    if (this.#count === this.#sectors.length) {
      throw corruptEntry(
        this.table,
        block,
        `at ${offsetBytes} overlaps another block, because there is no room for so many`,
      );
    }
    this.#sectors[this.#count] = offsetBytes / FILE_SECTOR_SIZE_BYTES;
    this.#count += 1;
  }

  assertNoneOverlaps(block: number, area: FileRange): void {
    for (const sector of this.#sectors.subarray(0, this.#count)) {
      const offsetBytes = sector * FILE_SECTOR_SIZE_BYTES;
      if (overlaps(area, { offsetBytes, lengthBytes: this.spanBytes })) {
        throw corruptEntry(
          this.table,
          block,
          `at ${area.offsetBytes} overlaps another block at ${offsetBytes}`,
        );
      }
    }
  }

  /** Nothing may be added afterwards. */
  assertDisjoint(): void {
    const sectors = this.#sectors.subarray(0, this.#count);
    sectors.sort();
    for (let index = 1; index < sectors.length; index += 1) {
      const offsetBytes = (sectors[index] ?? 0) * FILE_SECTOR_SIZE_BYTES;
      if (offsetBytes - (sectors[index - 1] ?? 0) * FILE_SECTOR_SIZE_BYTES < this.spanBytes) {
        const reason = `two blocks overlap at ${offsetBytes}`;
        throw corruptImage(this.table.file.name, TABLE, this.table.offsetBytes, reason);
      }
    }
  }
}

function overlaps(left: FileRange, right: FileRange): boolean {
  return (
    left.offsetBytes < right.offsetBytes + right.lengthBytes &&
    right.offsetBytes < left.offsetBytes + left.lengthBytes
  );
}

function corruptEntry(table: BlockAllocationTable, block: number, reason: string): Error {
  return corruptImage(
    table.file.name,
    TABLE,
    table.entryOffsetOf(block),
    `block ${block} ${reason}`,
  );
}
