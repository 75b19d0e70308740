import { FILE_SECTOR_SIZE_BYTES, KIB, MIB, readStructure, viewOf } from "../bytes";
import type { RandomAccessFile, ReadableFile } from "../random-access-file";

/** The entry of a block that takes no space in the file. */
const UNALLOCATED = 0xffff_ffff;

const ENTRY_SIZE_BYTES = 4;
const PAGE_ENTRY_COUNT = (64 * KIB) / ENTRY_SIZE_BYTES;

/**
 * How many blocks a disk may have: the largest disk in blocks of 256 KiB. Windows makes blocks of
 * 512 KiB and 2 MiB. It bounds the memory that validation takes.
 */
export const MAX_BLOCK_COUNT = 8 * 1024 * 1024;

/** A run of consecutive entries, read together. */
interface TablePage {
  readonly firstBlock: number;
  /** Sector numbers in the file. */
  readonly sectors: Uint32Array;
}

/**
 * Where each block of a dynamic or differencing disk is in the file. The table is read in pages and
 * never kept as a whole, since that of a large disk takes megabytes.
 *
 * @see VHD 1.0, Block Allocation Table and Data Blocks
 */
export class BlockAllocationTable {
  #page: TablePage | undefined;

  /**
   * @param offsetBytes where the table is in the file
   * @param blockCount how many blocks the disk has; entries behind them are not looked at
   */
  constructor(
    readonly file: ReadableFile,
    readonly offsetBytes: number,
    readonly blockCount: number,
  ) {}

  /**
   * Where the bitmap of a block is in the file; the block itself follows.
   *
   * @returns `undefined` where the block takes no space
   */
  async findBlock(block: number): Promise<number | undefined> {
    const { firstBlock, sectors } = await this.#readPage(block);
    const sector = sectors[block - firstBlock] ?? UNALLOCATED;
    return sector === UNALLOCATED ? undefined : sector * FILE_SECTOR_SIZE_BYTES;
  }

  /**
   * The end of a run of blocks that take no space in the file.
   *
   * @param block the first of them
   * @returns at most the end of the page that was read, so that the run may go on there
   */
  async findUnallocatedEnd(block: number): Promise<number> {
    const { firstBlock, sectors } = await this.#readPage(block);
    let index = block - firstBlock;
    while (sectors[index] === UNALLOCATED) {
      index += 1;
    }
    return firstBlock + index;
  }

  /**
   * Visits all blocks that take space in the file, in the order of the disk.
   *
   * @param visit is told the block and where its bitmap is in the file
   */
  async visitAllocated(visit: (block: number, offsetBytes: number) => void): Promise<void> {
    for (let start = 0; start < this.blockCount; start += PAGE_ENTRY_COUNT) {
      const { sectors } = await this.#readPage(start);
      for (let index = 0; index < sectors.length; index += 1) {
        const sector = sectors[index] ?? UNALLOCATED;
        if (sector !== UNALLOCATED) {
          visit(start + index, sector * FILE_SECTOR_SIZE_BYTES);
        }
      }
    }
  }

  /** Where the entry of a block is in the file. */
  entryOffsetOf(block: number): number {
    return this.offsetBytes + block * ENTRY_SIZE_BYTES;
  }

  async #readPage(block: number): Promise<TablePage> {
    const firstBlock = block - (block % PAGE_ENTRY_COUNT);
    if (this.#page?.firstBlock === firstBlock) {
      return this.#page;
    }
    const count = Math.min(PAGE_ENTRY_COUNT, this.blockCount - firstBlock);
    const offset = this.entryOffsetOf(firstBlock);
    const bytes = await readStructure(
      this.file,
      "block allocation table",
      offset,
      count * ENTRY_SIZE_BYTES,
    );
    this.#page = { firstBlock, sectors: parseEntries(bytes) };
    return this.#page;
  }
}

/**
 * Counting loops, here and above: the table of a large disk has millions of entries, and is read at
 * each opening.
 */
function parseEntries(bytes: Uint8Array): Uint32Array {
  const view = viewOf(bytes);
  const sectors = new Uint32Array(bytes.length / ENTRY_SIZE_BYTES);
  for (let index = 0; index < sectors.length; index += 1) {
    sectors[index] = view.getUint32(index * ENTRY_SIZE_BYTES);
  }
  return sectors;
}

/** The length of a table without its padding. */
export function tableSizeOf(entryCount: number): number {
  return entryCount * ENTRY_SIZE_BYTES;
}

/**
 * Writes a table in which no block is allocated.
 *
 * @param offsetBytes where it is in the file
 * @param sizeBytes with its padding, which looks the same
 */
export async function writeEmptyTable(
  file: RandomAccessFile,
  offsetBytes: number,
  sizeBytes: number,
): Promise<void> {
  for (let done = 0; done < sizeBytes; done += MIB) {
    const length = Math.min(MIB, sizeBytes - done);
    await file.write(offsetBytes + done, new Uint8Array(length).fill(UNALLOCATED & 0xff));
  }
}
