import { MIB, corruptImage, isAllZero } from "../bytes";
import {
  BAT_ENTRY_LENGTH_BYTES,
  type BatPage,
  type BlockAllocationTable,
  PayloadState,
  SECTOR_BITMAP_LENGTH_BYTES,
  SectorBitmapState,
  describeEntry,
  corruptEntry,
  hasReservedBits,
  offsetMibOf,
  readBatPages,
  sectorBitmapEntryIndex,
  stateOf,
} from "./block-allocation-table";
import { HEADER_SECTION_LENGTH_BYTES } from "./header";
import type { SpaceMap } from "./space-map";

/**
 * Validates every entry of a block allocation table that is in use. Offsets of blocks that hold
 * nothing are not looked at: the specification lets an undefined or unmapped block keep one that
 * belongs to another block by now.
 *
 * @param space where the log and the regions are taken already; all blocks are taken as well
 * @throws CorruptImage, IoFailed
 * @see [MS-VHDX] 2.5
 */
export async function validateBlockAllocationTable(
  table: BlockAllocationTable,
  space: SpaceMap,
): Promise<void> {
  const { region, geometry } = table;
  if (geometry.entryCount * BAT_ENTRY_LENGTH_BYTES > region.lengthBytes) {
    const reason =
      `its region of ${region.lengthBytes} bytes has no room for ${geometry.entryCount} ` +
      "entries";
    throw corruptImage(table.file.name, "block allocation table", region.offsetBytes, reason);
  }
  const validator = new EntryValidator(table, space, await table.file.readSize());
  for await (const page of readBatPages(table, 0, geometry.entryCount)) {
    validator.validatePage(page);
  }
}

/** So many entries are compared with zeros at once. */
const ENTRIES_AT_ONCE = 512;

class EntryValidator {
  /**
   * The entry of the bitmap that a partially present block needs, as long as it is still to come.
   */
  #dueBitmapIndex: number | undefined;

  constructor(
    private readonly table: BlockAllocationTable,
    private readonly space: SpaceMap,
    private readonly fileSizeBytes: number,
  ) {}

  /** Most entries of most tables are zero, and a table may have 67 million of them. */
  validatePage(page: BatPage): void {
    const { firstIndex, count, bytes } = page;
    for (let start = 0; start < count; start += ENTRIES_AT_ONCE) {
      const end = Math.min(count, start + ENTRIES_AT_ONCE);
      const due = (this.#dueBitmapIndex ?? -1) - firstIndex;
      const isDue = due >= start && due < end;
      const part = bytes.subarray(start * BAT_ENTRY_LENGTH_BYTES, end * BAT_ENTRY_LENGTH_BYTES);
      if (isDue || !isAllZero(part)) {
        this.#validateEntries(page, start, end);
      }
    }
  }

  #validateEntries({ firstIndex, view }: BatPage, start: number, end: number): void {
    for (let position = start; position < end; position += 1) {
      const low = view.getUint32(position * BAT_ENTRY_LENGTH_BYTES, true);
      const high = view.getUint32(position * BAT_ENTRY_LENGTH_BYTES + 4, true);
      if (low !== 0 || high !== 0 || firstIndex + position === this.#dueBitmapIndex) {
        this.#validateEntry(firstIndex + position, low, high);
      }
    }
  }

  #validateEntry(index: number, low: number, high: number): void {
    const { block } = describeEntry(this.table.geometry, index);
    if (block !== undefined && block >= this.table.geometry.blockCount) {
      return;
    }
    if (hasReservedBits(low)) {
      throw corruptEntry(this.table, index, "it sets reserved bits");
    }
    if (block === undefined) {
      this.#validateSectorBitmap(index, stateOf(low), offsetMibOf(low, high));
    } else {
      this.#validatePayload(index, block, stateOf(low), offsetMibOf(low, high));
    }
  }

  #validatePayload(index: number, block: number, state: number, offsetMib: number): void {
    const { isDifferencing, sizeBytes, blockSizeBytes, chunkRatio } = this.table.geometry;
    switch (state) {
      case PayloadState.notPresent:
      case PayloadState.undefined:
      case PayloadState.zero:
      case PayloadState.unmapped:
        return;
      case PayloadState.partiallyPresent:
        if (!isDifferencing) {
          throw corruptEntry(
            this.table,
            index,
            "its block is partially present in a disk that has no parent",
          );
        }
        this.#dueBitmapIndex = sectorBitmapEntryIndex(
          this.table.geometry,
          Math.floor(block / chunkRatio),
        );
        break;
      case PayloadState.fullyPresent:
        break;
      default:
        throw corruptEntry(this.table, index, `its state ${state} is reserved`);
    }
    const usedBytes = Math.min(blockSizeBytes, sizeBytes - block * blockSizeBytes);
    this.#claim(index, offsetMib, blockSizeBytes, usedBytes);
  }

  #validateSectorBitmap(index: number, state: number, offsetMib: number): void {
    if (state === SectorBitmapState.present && this.table.geometry.isDifferencing) {
      this.#claim(index, offsetMib, SECTOR_BITMAP_LENGTH_BYTES, SECTOR_BITMAP_LENGTH_BYTES);
      return;
    }
    if (state !== SectorBitmapState.notPresent) {
      throw corruptEntry(
        this.table,
        index,
        `its state ${state} is not allowed for the sector bitmap of this type of disk`,
      );
    }
    if (index === this.#dueBitmapIndex) {
      throw corruptEntry(
        this.table,
        index,
        "it has no sector bitmap, although a block of the chunk is partially present",
      );
    }
  }

  /**
   * The bytes of a last block behind the end of the disk may be missing from the file, but no other
   * block may have them.
   */
  #claim(index: number, offsetMib: number, lengthBytes: number, usedBytes: number): void {
    const offsetBytes = offsetMib * MIB;
    if (offsetBytes < HEADER_SECTION_LENGTH_BYTES || offsetBytes + usedBytes > this.fileSizeBytes) {
      const reason =
        `its block at ${offsetBytes} is not between the header section and the end of the ` +
        "file";
      throw corruptEntry(this.table, index, `${reason} at ${this.fileSizeBytes}`);
    }
    if (!this.space.claim(offsetMib, lengthBytes / MIB)) {
      throw corruptEntry(
        this.table,
        index,
        `its block at ${offsetBytes} overlaps another structure`,
      );
    }
  }
}
