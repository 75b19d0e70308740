import { DiskError } from "../../disk/errors";
import { KIB, MIB, corruptImage, unsupportedImage } from "../bytes";
import { computeCrc32c } from "../crc32c";
import type { ReadableFile } from "../random-access-file";
import { computeChecksum, readChecksum } from "./checksum";
import { type VhdxHeader, isLogDirty } from "./header";
import {
  LOG_SECTOR_BYTES,
  type LogDescriptor,
  type LogEntryHeader,
  countDescriptorSectors,
  descriptorOffset,
  isDataSector,
  parseDescriptor,
  parseLogEntryHeader,
  readEdges,
} from "./log-entry";
import { PagedReader } from "./paged-reader";
import { REGION_TABLE_OFFSETS } from "./region-table";

const NO_EDGES = new Uint8Array();

/** A bound on memory; Windows makes logs of 1 MiB, which hold at most 32,000. */
const MAX_UPDATES = 64 * KIB;

/** A bound on time; Windows makes logs of 1 MiB. */
const MAX_LOG_LENGTH_BYTES = 256 * MIB;

/** The log is read in pieces of this size: whole, where Windows made it. */
const PAGE_LENGTH_BYTES = MIB;

/** One change that a log orders: to zero a range, or to put a sector in its place. */
export interface LogUpdate extends LogDescriptor {
  /** For `data`, where its data sector is in the file. */
  readonly dataOffset: number;
  /** For `data`, what the data sector has no room for; see `restoreEdges`. */
  readonly edges: Uint8Array;
}

/** What must be done to a file before it can be believed. */
export interface LogReplay {
  /** In the order in which they take effect. */
  readonly updates: readonly LogUpdate[];
  /** The size of the file afterwards. */
  readonly fileSizeBytes: number;
}

/** A valid entry and where it is, counted from the beginning of the log. */
interface PlacedEntry extends LogEntryHeader {
  readonly offset: number;
}

/** The log as a ring of sectors. */
interface Ring {
  readonly file: ReadableFile;
  readonly header: VhdxHeader;
  readonly reader: PagedReader;
}

/**
 * Finds out what the log of a file orders.
 *
 * @returns `undefined` when the log holds nothing
 * @throws CorruptImage when the log must be replayed and is damaged, or the file was cut;
 *   UnsupportedImage when it is too large; IoFailed
 * @see [MS-VHDX] 2.3.3
 */
export async function readLogReplay(
  file: ReadableFile,
  header: VhdxHeader,
): Promise<LogReplay | undefined> {
  if (!isLogDirty(header)) {
    return undefined;
  }
  if (header.logLengthBytes > MAX_LOG_LENGTH_BYTES) {
    throw unsupportedImage(
      file.name,
      `the log to replay has ${header.logLengthBytes} bytes, more than ${MAX_LOG_LENGTH_BYTES}`,
    );
  }
  const ring: Ring = { file, header, reader: new PagedReader(file, "log", PAGE_LENGTH_BYTES) };
  const sequence = await findActiveSequence(ring);
  const head = sequence.at(-1);
  if (head === undefined) {
    throw (await hasEntry(ring))
      ? corruptLog(
          ring,
          0,
          `it must be replayed (LogGuid ${header.logId}), but has no valid sequence of entries`,
        )
      : createEmptyLogError(ring);
  }
  const fileSizeBytes = await file.readSize();
  if (fileSizeBytes < head.flushedFileOffset) {
    throw corruptLog(
      ring,
      head.offset,
      `the file was truncated to ${fileSizeBytes} bytes; it had at least ${head.flushedFileOffset}`,
    );
  }
  const updates: LogUpdate[] = [];
  for (const entry of sequence) {
    await appendUpdates(ring, entry, updates);
  }
  const ends = updates.map((update) => update.offsetBytes + update.lengthBytes);
  return { updates, fileSizeBytes: Math.max(fileSizeBytes, head.lastFileOffset, maxOf(ends)) };
}

/**
 * Finds the newest complete sequence: the run of entries with the greatest sequence number whose
 * last entry names a tail inside the run; the entries before the tail have taken effect already.
 */
async function findActiveSequence(ring: Ring): Promise<PlacedEntry[]> {
  let active: PlacedEntry[] = [];
  for (let offset = 0; offset < ring.header.logLengthBytes;) {
    const run = await readRun(ring, offset);
    const head = run.at(-1);
    if (head === undefined) {
      offset += LOG_SECTOR_BYTES;
      continue;
    }
    const tailIndex = run.findIndex((entry) => entry.offset === head.tail);
    if (tailIndex >= 0 && head.sequenceNumber > (active.at(-1)?.sequenceNumber ?? 0n)) {
      active = run.slice(tailIndex);
    }
    // A run that began inside this one would end with the same entry, and so be no better.
    offset += run.reduce((length, entry) => length + entry.lengthBytes, 0);
  }
  return active;
}

/**
 * Reads the entries that follow each other from an offset on, around the end of the ring if need
 * be.
 */
async function readRun(ring: Ring, startOffset: number): Promise<PlacedEntry[]> {
  const run: PlacedEntry[] = [];
  let lengthBytes = 0;
  while (lengthBytes < ring.header.logLengthBytes) {
    const entry = await readEntry(ring, (startOffset + lengthBytes) % ring.header.logLengthBytes);
    const previous = run.at(-1);
    const isNext = previous === undefined || entry?.sequenceNumber === previous.sequenceNumber + 1n;
    if (entry === undefined || !isNext) {
      break;
    }
    run.push(entry);
    lengthBytes += entry.lengthBytes;
  }
  return run;
}

/** Reads and checks the entry at an offset; `undefined` where no valid one of this log begins. */
async function readEntry(ring: Ring, offset: number): Promise<PlacedEntry | undefined> {
  const first = await readSector(ring, offset, 0);
  const entry = parseLogEntryHeader(first);
  if (entry?.logId !== ring.header.logId || !isPlausible(entry, ring.header.logLengthBytes)) {
    return undefined;
  }
  let checksum = computeChecksum(first);
  for (let at = LOG_SECTOR_BYTES; at < entry.lengthBytes; at += LOG_SECTOR_BYTES) {
    const sector = await readSector(ring, offset, at);
    // No entry begins inside another. Without this, false entries could have the log read once for
    // each of its sectors.
    if (parseLogEntryHeader(sector) !== undefined) {
      return undefined;
    }
    checksum = computeCrc32c(sector, checksum);
  }
  return checksum === readChecksum(first) ? { ...entry, offset } : undefined;
}

function isPlausible(entry: LogEntryHeader, logLengthBytes: number): boolean {
  const { lengthBytes, tail, sequenceNumber, descriptorCount } = entry;
  const isAligned = lengthBytes % LOG_SECTOR_BYTES === 0 && tail % LOG_SECTOR_BYTES === 0;
  const fits = countDescriptorSectors(descriptorCount) * LOG_SECTOR_BYTES <= lengthBytes;
  return (
    isAligned &&
    fits &&
    lengthBytes <= logLengthBytes &&
    tail < logLengthBytes &&
    sequenceNumber > 0n
  );
}

/**
 * Appends what a valid entry orders. Its checksum is right, so that a descriptor that makes no
 * sense was written so: to leave it out would silently lose a change.
 */
async function appendUpdates(ring: Ring, entry: PlacedEntry, updates: LogUpdate[]): Promise<void> {
  let dataAt = countDescriptorSectors(entry.descriptorCount) * LOG_SECTOR_BYTES;
  let descriptorSector: Uint8Array = new Uint8Array();
  for (let index = 0; index < entry.descriptorCount; index += 1) {
    const at = descriptorOffset(index);
    if (index === 0 || at % LOG_SECTOR_BYTES === 0) {
      descriptorSector = await readSector(ring, entry.offset, at - (at % LOG_SECTOR_BYTES));
    }
    const bytes = descriptorSector.subarray(at % LOG_SECTOR_BYTES);
    const descriptor = parseDescriptor(bytes, entry.sequenceNumber);
    if (descriptor === undefined || isForbidden(ring, descriptor)) {
      throw corruptLog(ring, entry.offset, `its descriptor ${index} cannot be replayed`);
    }
    if (descriptor.lengthBytes > 0) {
      const isData = descriptor.kind === "data";
      const edges = isData ? readEdges(bytes) : NO_EDGES;
      updates.push({ ...descriptor, dataOffset: fileOffset(ring, entry.offset + dataAt), edges });
    }
    if (descriptor.kind === "data") {
      await assertDataSector(ring, entry, dataAt);
      dataAt += LOG_SECTOR_BYTES;
    }
    if (updates.length > MAX_UPDATES) {
      throw unsupportedImage(
        ring.file.name,
        `the log to replay contains more than ${MAX_UPDATES} changes`,
      );
    }
  }
}

async function assertDataSector(ring: Ring, entry: PlacedEntry, at: number): Promise<void> {
  const isInside = at < entry.lengthBytes;
  if (!isInside || !isDataSector(await readSector(ring, entry.offset, at), entry.sequenceNumber)) {
    throw corruptLog(ring, entry.offset, `a data sector is missing at ${at} of the entry`);
  }
}

/** Neither the identifier and the headers nor the log itself may be changed through the log. */
function isForbidden({ header }: Ring, { offsetBytes, lengthBytes }: LogDescriptor): boolean {
  const endBytes = offsetBytes + lengthBytes;
  const logEndBytes = header.logOffsetBytes + header.logLengthBytes;
  return (
    offsetBytes < REGION_TABLE_OFFSETS[0] ||
    (offsetBytes < logEndBytes && endBytes > header.logOffsetBytes)
  );
}

/** @returns a part of what is kept of the log, not to be changed */
function readSector(ring: Ring, entryOffset: number, at: number): Promise<Uint8Array> {
  return ring.reader.read(fileOffset(ring, entryOffset + at), LOG_SECTOR_BYTES);
}

/** Whether an entry of this log, valid or not, begins anywhere. */
async function hasEntry(ring: Ring): Promise<boolean> {
  for (let offset = 0; offset < ring.header.logLengthBytes; offset += LOG_SECTOR_BYTES) {
    if (parseLogEntryHeader(await readSector(ring, offset, 0))?.logId === ring.header.logId) {
      return true;
    }
  }
  return false;
}

/** Turns an offset in the ring, which may have gone past its end, into one in the file. */
function fileOffset({ header }: Ring, offset: number): number {
  return header.logOffsetBytes + (offset % header.logLengthBytes);
}

function maxOf(values: readonly number[]): number {
  return values.reduce((left, right) => Math.max(left, right), 0);
}

/**
 * The header was written and the entries it speaks of were not. Whether changes are missing cannot
 * be determined, so that the image is refused all the same.
 */
function createEmptyLogError({ file, header }: Ring): DiskError {
  return new DiskError("CorruptImage", {
    what:
      "the header says that the log contains changes (its LogGuid is set), but the log has no " +
      "entries",
    subject: file.name,
    facts: { structure: "log", offset: header.logOffsetBytes, LogGuid: header.logId },
    remedy:
      "Nothing was changed. The program that wrote to the disk stopped in the middle of a write; " +
      "QEMU leaves this state when it is killed. The last write may be missing. To continue " +
      "without it, create a new image with qemu-img convert -O vhdx OLD NEW and check its " +
      "content.",
  });
}

function corruptLog(ring: Ring, offset: number, reason: string): Error {
  return corruptImage(ring.file.name, "log", fileOffset(ring, offset), reason);
}
