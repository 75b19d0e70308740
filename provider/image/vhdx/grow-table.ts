import { isAllZero, readStructure, viewOf } from "../bytes";
import {
  BAT_ENTRY_LENGTH_BYTES,
  BAT_PAGE_LENGTH_BYTES,
  PayloadState,
  describeEntry,
  payloadEntryIndex,
  writeEntry,
} from "./block-allocation-table";
import { type Growth, isTableMoved } from "./growth";
import { LOG_SECTOR_BYTES } from "./log-entry";
import type { Patch } from "./log-writer";
import { REGION_TABLE_OFFSETS, serializeRegionTable } from "./region-table";
import type { Regions } from "./region-table";

/**
 * Brings the block allocation table to the new size of the disk. Entries that the old table does
 * not use, and a table in new space, are written at once; nobody looks at them yet.
 *
 * @returns what must take effect together with the new size
 * @throws CorruptImage, IoFailed
 */
export async function growTable(growth: Growth, regions: Regions): Promise<Patch[]> {
  if (!isTableMoved(growth)) {
    return growTableInPlace(growth);
  }
  await writeMovedTable(growth);
  const moved = regions.all.map((region) => (region === regions.bat ? growth.region : region));
  const bytes = serializeRegionTable(moved);
  return REGION_TABLE_OFFSETS.map((offsetBytes) => ({ offsetBytes, bytes }));
}

async function writeMovedTable(growth: Growth): Promise<void> {
  for (
    let at = 0;
    at < growth.after.entryCount * BAT_ENTRY_LENGTH_BYTES;
    at += BAT_PAGE_LENGTH_BYTES
  ) {
    const { after } = await buildPage(growth, at);
    if (!isAllZero(after)) {
      await growth.file.write(growth.region.offsetBytes + at, after);
    }
  }
}

async function growTableInPlace(growth: Growth): Promise<Patch[]> {
  const patches: Patch[] = [];
  const endBytes = growth.after.entryCount * BAT_ENTRY_LENGTH_BYTES;
  const usedBytes = growth.before.geometry.entryCount * BAT_ENTRY_LENGTH_BYTES;
  const startBytes = firstNewIndex(growth) * BAT_ENTRY_LENGTH_BYTES;
  for (
    let at = startBytes - (startBytes % BAT_PAGE_LENGTH_BYTES);
    at < endBytes;
    at += BAT_PAGE_LENGTH_BYTES
  ) {
    const page = await buildPage(growth, at);
    for (const patch of diffSectors(page.before, page.after, growth.region.offsetBytes + at)) {
      if (patch.offsetBytes < growth.region.offsetBytes + usedBytes) {
        patches.push(patch);
      } else {
        await growth.file.write(patch.offsetBytes, patch.bytes);
      }
    }
  }
  return patches;
}

/** A page of the table as it is and as it will be, from `at` bytes of the table on. */
async function buildPage(
  growth: Growth,
  at: number,
): Promise<{ before: Uint8Array; after: Uint8Array }> {
  const { file, region, geometry } = growth.before;
  const lengthBytes = Math.min(BAT_PAGE_LENGTH_BYTES, growth.region.lengthBytes - at);
  const before = new Uint8Array(lengthBytes);
  const presentLength = Math.max(0, Math.min(lengthBytes, region.lengthBytes - at));
  before.set(
    await readStructure(file, "block allocation table", region.offsetBytes + at, presentLength),
  );
  const after = before.slice();
  const view = viewOf(after);
  const firstIndex = at / BAT_ENTRY_LENGTH_BYTES;
  const endIndex = Math.min(
    firstIndex + lengthBytes / BAT_ENTRY_LENGTH_BYTES,
    growth.after.entryCount,
  );
  for (let index = Math.max(firstIndex, firstNewIndex(growth)); index < endIndex; index += 1) {
    const { chunk, block } = describeEntry(geometry, index);
    const isBitmapInUse =
      block === undefined && geometry.isDifferencing && chunk < geometry.chunkCount;
    if (!isBitmapInUse) {
      writeNewEntry(growth, view, (index - firstIndex) * BAT_ENTRY_LENGTH_BYTES, block);
    }
  }
  return { before, after };
}

/**
 * A new block of a fixed disk is present; everything else that is new holds nothing, whatever lay
 * in the table there.
 */
function writeNewEntry(
  growth: Growth,
  view: DataView,
  at: number,
  block: number | undefined,
): void {
  if (growth.payloadOffset === undefined || block === undefined) {
    writeEntry(view, at, PayloadState.notPresent, 0);
    return;
  }
  const newBlock = block - growth.before.geometry.blockCount;
  writeEntry(
    view,
    at,
    PayloadState.fullyPresent,
    growth.payloadOffset + newBlock * growth.after.blockSizeBytes,
  );
}

/**
 * The first entry that comes into use. In a differencing disk it may be before the end of the old
 * table, which goes on to the bitmap of the last chunk.
 */
function firstNewIndex({ before: { geometry } }: Growth): number {
  return Math.min(geometry.entryCount, payloadEntryIndex(geometry, geometry.blockCount));
}

function diffSectors(before: Uint8Array, after: Uint8Array, offsetBytes: number): Patch[] {
  const patches: Patch[] = [];
  for (let at = 0; at < after.length; at += LOG_SECTOR_BYTES) {
    const bytes = after.subarray(at, at + LOG_SECTOR_BYTES);
    if (Buffer.compare(before.subarray(at, at + LOG_SECTOR_BYTES), bytes) !== 0) {
      patches.push({ offsetBytes: offsetBytes + at, bytes });
    }
  }
  return patches;
}
