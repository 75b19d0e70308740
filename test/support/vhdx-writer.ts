import { ZERO_GUID } from "../../provider/disk/guid";
import { MIB, alignUp, viewOf } from "../../provider/image/bytes";
import type { RandomAccessFile } from "../../provider/image/random-access-file";
import {
  BAT_ENTRY_LENGTH_BYTES,
  PayloadState,
  SECTOR_BITMAP_LENGTH_BYTES,
  SectorBitmapState,
  entryOffsetBytes,
  payloadEntryIndex,
  readBatEntry,
  sectorBitmapEntryIndex,
  writeEntry,
} from "../../provider/image/vhdx/block-allocation-table";
import { HEADER_OFFSETS, type VhdxHeader, serializeHeader } from "../../provider/image/vhdx/header";
import { LOG_SECTOR_BYTES, serializeLogEntry } from "../../provider/image/vhdx/log-entry";
import { REGION_TABLE_OFFSETS } from "../../provider/image/vhdx/region-table";
import { markSectors } from "../../provider/image/vhdx/sector-bitmap";
import { type VhdxStructures, readVhdxStructures } from "../../provider/image/vhdx/structures";
import { filled } from "./filled";
import type { MemoryFile } from "./memory-file";

/**
 * Writes content as a machine would that has the disk attached: allocates blocks and sector
 * bitmaps, and gives the disk a new DataWriteGuid. Nothing is safe against a power loss here.
 *
 * @param offsetBytes for a differencing disk, and so the length, a multiple of its sector size
 */
export async function writeVhdxContent(
  file: RandomAccessFile,
  offsetBytes: number,
  bytes: Uint8Array,
): Promise<void> {
  const structures = await readVhdxStructures(file);
  const { blockSizeBytes, sectorSizeBytes, isDifferencing } = structures.table.geometry;
  if (
    isDifferencing &&
    (offsetBytes % sectorSizeBytes !== 0 || bytes.length % sectorSizeBytes !== 0)
  ) {
    throw new Error("a differencing disk is written in whole sectors");
  }
  for (let done = 0; done < bytes.length;) {
    const block = Math.floor((offsetBytes + done) / blockSizeBytes);
    const start = offsetBytes + done - block * blockSizeBytes;
    const part = bytes.subarray(done, done + blockSizeBytes - start);
    await writeToBlock(file, structures, block, start, part);
    done += part.length;
  }
  await replaceHeaders(file, structures, { dataWriteId: crypto.randomUUID() });
}

/**
 * Changes the state of a payload block and nothing else about it.
 *
 * @param offsetBytes where the block is in the file; where it does now unless given
 */
export async function setVhdxBlockState(
  file: RandomAccessFile,
  block: number,
  state: keyof typeof PayloadState,
  offsetBytes?: number,
): Promise<void> {
  const structures = await readVhdxStructures(file);
  const index = payloadEntryIndex(structures.table.geometry, block);
  const present = await readEntry(file, structures, index);
  await putEntry(file, structures, index, PayloadState[state], offsetBytes ?? present.offsetBytes);
  await replaceHeaders(file, structures, { dataWriteId: crypto.randomUUID() });
}

/**
 * Leaves what nobody may ever see behind the end of a disk: ones in the rest of the last block, and
 * where it has a bitmap, bits that claim the rest of the chunk.
 */
export async function leaveStaleBytes(file: RandomAccessFile): Promise<void> {
  const structures = await readVhdxStructures(file);
  const { geometry } = structures.table;
  const lastBlock = geometry.blockCount - 1;
  const chunk = Math.floor(lastBlock / geometry.chunkRatio);
  const usedBytes = geometry.sizeBytes - lastBlock * geometry.blockSizeBytes;
  const payload = await readEntry(file, structures, payloadEntryIndex(geometry, lastBlock));
  if (payload.offsetBytes > 0) {
    await file.write(
      payload.offsetBytes + usedBytes,
      new Uint8Array(geometry.blockSizeBytes - usedBytes).fill(1),
    );
  }
  if (!geometry.isDifferencing) {
    return;
  }
  const bitmap = await readEntry(file, structures, sectorBitmapEntryIndex(geometry, chunk));
  if (bitmap.state === SectorBitmapState.present) {
    const bits = new Uint8Array(SECTOR_BITMAP_LENGTH_BYTES);
    await file.read(bitmap.offsetBytes, bits);
    const chunkStart = chunk * geometry.chunkRatio * geometry.blockSizeBytes;
    markSectors(
      bits,
      (geometry.sizeBytes - chunkStart) / geometry.sectorSizeBytes,
      bits.length * 8,
      true,
    );
    await file.write(bitmap.offsetBytes, bits);
  }
}

/**
 * Makes a change to an image that, but for the headers, only its log knows of: what a power loss
 * leaves behind. The file keeps its size.
 *
 * @param change is applied to a copy of the file; it may change at most 250 sectors of 4 KiB
 */
export async function logVhdxChange(
  file: MemoryFile,
  change: (copy: MemoryFile) => Promise<void>,
): Promise<{
  readonly logId: string;
  readonly entryOffsetBytes: number;
  readonly entryLengthBytes: number;
}> {
  const structures = await readVhdxStructures(file);
  const { logOffsetBytes } = structures.current.header;
  const changed = file.clone();
  await change(changed);
  const after = await readVhdxStructures(changed);
  const logId = crypto.randomUUID();
  const entry = serializeLogEntry(
    {
      tail: 0,
      sequenceNumber: 7_000_000_000_000_000_001n,
      logId,
      flushedFileOffset: await file.readSize(),
      lastFileOffset: alignUp(await changed.readSize(), MIB),
    },
    findChangedSectors(file.toBytes(), changed.toBytes(), structures),
  );
  file.writeNow(logOffsetBytes, entry);
  await replaceHeaders(file, structures, { logId, dataWriteId: after.current.header.dataWriteId });
  return { logId, entryOffsetBytes: logOffsetBytes, entryLengthBytes: entry.length };
}

/** Fills what is behind the entries in use with what must never be taken for entries. */
export async function leaveStaleEntries(file: MemoryFile): Promise<void> {
  const { table, regions } = await readVhdxStructures(file);
  const usedBytes = table.geometry.entryCount * BAT_ENTRY_LENGTH_BYTES;
  file.writeNow(
    regions.bat.offsetBytes + usedBytes,
    filled(regions.bat.lengthBytes - usedBytes, 0xff),
  );
}

/** Writes both headers again with some fields changed. */
async function replaceHeaders(
  file: RandomAccessFile,
  { current }: VhdxStructures,
  changes: Partial<VhdxHeader>,
): Promise<void> {
  const { header, slot } = current;
  const next = { ...header, logId: ZERO_GUID, ...changes };
  await file.write(
    HEADER_OFFSETS[slot === 0 ? 1 : 0],
    serializeHeader({ ...next, sequenceNumber: header.sequenceNumber + 1n }),
  );
  await file.write(
    HEADER_OFFSETS[slot],
    serializeHeader({ ...next, sequenceNumber: header.sequenceNumber + 2n }),
  );
}

async function writeToBlock(
  file: RandomAccessFile,
  structures: VhdxStructures,
  block: number,
  start: number,
  bytes: Uint8Array,
): Promise<void> {
  const { geometry } = structures.table;
  const index = payloadEntryIndex(geometry, block);
  let { state, offsetBytes } = await readEntry(file, structures, index);
  if (state !== PayloadState.fullyPresent && state !== PayloadState.partiallyPresent) {
    // Only a block that holds nothing may show its parent; one that is zero stays zero where it is
    // not written.
    const isPartial = geometry.isDifferencing && state === PayloadState.notPresent;
    if (isPartial) {
      await markBlock(file, structures, block, 0, geometry.blockSizeBytes, false);
    }
    offsetBytes = await allocate(file, geometry.blockSizeBytes);
    state = isPartial ? PayloadState.partiallyPresent : PayloadState.fullyPresent;
    await putEntry(file, structures, index, state, offsetBytes);
  }
  await file.write(offsetBytes + start, bytes);
  if (state === PayloadState.partiallyPresent) {
    await markBlock(file, structures, block, start, start + bytes.length, true);
  }
}

/**
 * Sets or clears the bits of a part of a block, making the bitmap of its chunk where there is none.
 */
async function markBlock(
  file: RandomAccessFile,
  structures: VhdxStructures,
  block: number,
  startBytes: number,
  endBytes: number,
  isPresent: boolean,
): Promise<void> {
  const { geometry } = structures.table;
  const index = sectorBitmapEntryIndex(geometry, Math.floor(block / geometry.chunkRatio));
  let { state, offsetBytes } = await readEntry(file, structures, index);
  if (state === SectorBitmapState.notPresent) {
    offsetBytes = await allocate(file, SECTOR_BITMAP_LENGTH_BYTES);
    state = SectorBitmapState.present;
    await putEntry(file, structures, index, state, offsetBytes);
  }
  const sectorsInBlock = geometry.blockSizeBytes / geometry.sectorSizeBytes;
  const bits = new Uint8Array(sectorsInBlock / 8);
  const bitsOffset = offsetBytes + (block % geometry.chunkRatio) * bits.length;
  await file.read(bitsOffset, bits);
  markSectors(
    bits,
    startBytes / geometry.sectorSizeBytes,
    endBytes / geometry.sectorSizeBytes,
    isPresent,
  );
  await file.write(bitsOffset, bits);
}

async function allocate(file: RandomAccessFile, lengthBytes: number): Promise<number> {
  const offsetBytes = alignUp(await file.readSize(), MIB);
  await file.resize(offsetBytes + lengthBytes);
  return offsetBytes;
}

/** Reads an entry from the file itself, where the table read before may be seen through a log. */
function readEntry(
  file: RandomAccessFile,
  { table }: VhdxStructures,
  index: number,
): Promise<{ state: number; offsetBytes: number }> {
  return readBatEntry({ ...table, file }, index);
}

async function putEntry(
  file: RandomAccessFile,
  { table }: VhdxStructures,
  index: number,
  state: number,
  offsetBytes: number,
): Promise<void> {
  const bytes = new Uint8Array(BAT_ENTRY_LENGTH_BYTES);
  writeEntry(viewOf(bytes), 0, state, offsetBytes);
  await file.write(entryOffsetBytes(table, index), bytes);
}

/**
 * The sectors that differ, but for those of the headers and the log, which are not changed through
 * the log.
 */
function findChangedSectors(
  before: Uint8Array,
  after: Uint8Array,
  { current }: VhdxStructures,
): Map<number, Uint8Array> {
  const { logOffsetBytes, logLengthBytes } = current.header;
  const sectors = new Map<number, Uint8Array>();
  for (let at: number = REGION_TABLE_OFFSETS[0]; at < after.length; at += LOG_SECTOR_BYTES) {
    const isLog = at >= logOffsetBytes && at < logOffsetBytes + logLengthBytes;
    const old = new Uint8Array(LOG_SECTOR_BYTES);
    old.set(before.subarray(at, at + LOG_SECTOR_BYTES));
    if (!isLog && Buffer.compare(old, after.subarray(at, at + LOG_SECTOR_BYTES)) !== 0) {
      sectors.set(at, after.slice(at, at + LOG_SECTOR_BYTES));
    }
  }
  return sectors;
}
