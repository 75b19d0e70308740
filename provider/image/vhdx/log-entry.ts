import { parseGuidBytes, serializeGuidBytes } from "../../disk/guid";
import { KIB, viewOf } from "../bytes";
import { hasSignature, sealChecksum, writeSignature } from "./checksum";

/**
 * The log is made of sectors of this size, whatever the sector size of the disk ([MS-VHDX] 2.3.1).
 */
export const LOG_SECTOR_BYTES = 4 * KIB;

/** The length of a descriptor ([MS-VHDX] 2.3.1.2, 2.3.1.3). */
const DESCRIPTOR_LENGTH_BYTES = 32;

/** [MS-VHDX] 2.3.1.1 */
const HEADER_FIELD = {
  signature: 0, //          4 bytes, "loge"
  checksum: 4, //           4 bytes, CRC-32C of the whole entry
  entryLength: 8, //        4 bytes, a multiple of 4 KiB
  //              4 bytes, from the beginning of the log; where the sequence begins that ends here
  tail: 12,
  sequenceNumber: 16, //    8 bytes, greater than zero
  descriptorCount: 24, //   4 bytes, may be zero
  logId: 32, //             16 bytes, that of the file's header
  flushedFileOffset: 48, // 8 bytes, a multiple of 1 MiB; an intact file has at least this size
  lastFileOffset: 56, //    8 bytes, a multiple of 1 MiB; everything allocated is before it
  descriptors: 64, //       32 bytes each, going on at the beginning of the next sector
} as const;

/** [MS-VHDX] 2.3.1.2 and 2.3.1.3 */
const DESCRIPTOR_FIELD = {
  signature: 0, //       4 bytes, "zero" or "desc"
  trailingBytes: 4, //   4 bytes, the end of the sector; reserved in a zero descriptor
  //    8 bytes, the beginning of the sector; the length of what to zero in a zero descriptor
  leadingBytes: 8,
  fileOffset: 16, //     8 bytes, a multiple of 4 KiB
  sequenceNumber: 24, // 8 bytes, that of the entry
} as const;

/** [MS-VHDX] 2.3.1.4 */
const DATA_FIELD = {
  signature: 0, //      4 bytes, "data"
  sequenceHigh: 4, //   4 bytes, the upper half of the sequence number of the entry
  data: 8, //           4084 bytes, the sector but for its first 8 and last 4 bytes
  sequenceLow: 4092, // 4 bytes, the lower half
} as const;

const LEADING_LENGTH_BYTES = 8;
const TRAILING_LENGTH_BYTES = 4;

const ENTRY_SIGNATURE = "loge";
const ZERO_SIGNATURE = "zero";
const DATA_DESCRIPTOR_SIGNATURE = "desc";
const DATA_SIGNATURE = "data";

/** The header of a log entry. */
export interface LogEntryHeader {
  readonly lengthBytes: number;
  readonly tail: number;
  readonly sequenceNumber: bigint;
  readonly descriptorCount: number;
  readonly logId: string;
  readonly flushedFileOffset: number;
  readonly lastFileOffset: number;
}

/** What one descriptor orders. */
export interface LogDescriptor {
  readonly kind: "zero" | "data";
  readonly offsetBytes: number;
  /** 4 KiB for data. */
  readonly lengthBytes: number;
}

/**
 * Reads the header of a log entry.
 *
 * @param sector the first sector of the entry
 * @returns `undefined` where no entry begins
 */
export function parseLogEntryHeader(sector: Uint8Array): LogEntryHeader | undefined {
  if (!hasSignature(sector, ENTRY_SIGNATURE)) {
    return undefined;
  }
  const view = viewOf(sector);
  return {
    lengthBytes: view.getUint32(HEADER_FIELD.entryLength, true),
    tail: view.getUint32(HEADER_FIELD.tail, true),
    sequenceNumber: view.getBigUint64(HEADER_FIELD.sequenceNumber, true),
    descriptorCount: view.getUint32(HEADER_FIELD.descriptorCount, true),
    logId: parseGuidBytes(sector, HEADER_FIELD.logId),
    flushedFileOffset: Number(view.getBigUint64(HEADER_FIELD.flushedFileOffset, true)),
    lastFileOffset: Number(view.getBigUint64(HEADER_FIELD.lastFileOffset, true)),
  };
}

/** Where a descriptor is in its entry: 126 fit behind the header, 128 into each further sector. */
export function descriptorOffset(index: number): number {
  return HEADER_FIELD.descriptors + index * DESCRIPTOR_LENGTH_BYTES;
}

/** How many sectors of an entry hold its header and descriptors; those with data follow. */
export function countDescriptorSectors(descriptorCount: number): number {
  return Math.ceil(descriptorOffset(descriptorCount) / LOG_SECTOR_BYTES);
}

/**
 * Reads a descriptor.
 *
 * @param bytes begin with the descriptor
 * @param sequenceNumber that of its entry
 * @returns `undefined` where the bytes are no descriptor of the entry
 */
export function parseDescriptor(
  bytes: Uint8Array,
  sequenceNumber: bigint,
): LogDescriptor | undefined {
  const view = viewOf(bytes);
  const isZero = hasSignature(bytes, ZERO_SIGNATURE);
  if (!isZero && !hasSignature(bytes, DATA_DESCRIPTOR_SIGNATURE)) {
    return undefined;
  }
  const offsetBytes = Number(view.getBigUint64(DESCRIPTOR_FIELD.fileOffset, true));
  const lengthBytes = isZero
    ? Number(view.getBigUint64(DESCRIPTOR_FIELD.leadingBytes, true))
    : LOG_SECTOR_BYTES;
  const isAligned = offsetBytes % LOG_SECTOR_BYTES === 0 && lengthBytes % LOG_SECTOR_BYTES === 0;
  const isOwn = view.getBigUint64(DESCRIPTOR_FIELD.sequenceNumber, true) === sequenceNumber;
  if (!isAligned || !isOwn || !Number.isSafeInteger(offsetBytes + lengthBytes)) {
    return undefined;
  }
  return { kind: isZero ? "zero" : "data", offsetBytes, lengthBytes };
}

/** Tells whether a sector is a data sector of the entry with a sequence number. */
export function isDataSector(sector: Uint8Array, sequenceNumber: bigint): boolean {
  const view = viewOf(sector);
  const high = BigInt(view.getUint32(DATA_FIELD.sequenceHigh, true));
  const low = BigInt(view.getUint32(DATA_FIELD.sequenceLow, true));
  return hasSignature(sector, DATA_SIGNATURE) && ((high << 32n) | low) === sequenceNumber;
}

/**
 * The bytes of a sector that its data sector has no room for: its first eight, and behind them its
 * last four.
 */
export function readEdges(descriptor: Uint8Array): Uint8Array {
  const { leadingBytes, fileOffset, trailingBytes } = DESCRIPTOR_FIELD;
  const edges = new Uint8Array(LEADING_LENGTH_BYTES + TRAILING_LENGTH_BYTES);
  edges.set(descriptor.subarray(leadingBytes, fileOffset));
  edges.set(descriptor.subarray(trailingBytes, leadingBytes), LEADING_LENGTH_BYTES);
  return edges;
}

/**
 * Puts the edges of a sector over a part of its data sector.
 *
 * @param edges as {@link readEdges} gave them
 * @param start where in the sector the part begins
 * @param part of the data sector; becomes that of the sector
 */
export function restoreEdges(edges: Uint8Array, start: number, part: Uint8Array): void {
  part.set(edges.subarray(start, Math.min(LEADING_LENGTH_BYTES, start + part.length)));
  const trailingStart = Math.max(start, DATA_FIELD.sequenceLow);
  const trailingEnd = start + part.length;
  if (trailingStart < trailingEnd) {
    const shift = LEADING_LENGTH_BYTES - DATA_FIELD.sequenceLow;
    part.set(edges.subarray(trailingStart + shift, trailingEnd + shift), trailingStart - start);
  }
}

/**
 * Writes a log entry whose descriptors are all of kind `data`; `descriptorCount` and `lengthBytes`
 * follow from `sectors`.
 *
 * @param sectors what to write, by the offset in the file; 4 KiB each
 * @returns the whole entry
 * @see [MS-VHDX] 2.3.1
 */
export function serializeLogEntry(
  header: Omit<LogEntryHeader, "descriptorCount" | "lengthBytes">,
  sectors: ReadonlyMap<number, Uint8Array>,
): Uint8Array {
  const descriptorSectors = countDescriptorSectors(sectors.size);
  const bytes = new Uint8Array((descriptorSectors + sectors.size) * LOG_SECTOR_BYTES);
  const view = viewOf(bytes);
  writeSignature(bytes, ENTRY_SIGNATURE);
  view.setUint32(HEADER_FIELD.entryLength, bytes.length, true);
  view.setUint32(HEADER_FIELD.tail, header.tail, true);
  view.setBigUint64(HEADER_FIELD.sequenceNumber, header.sequenceNumber, true);
  view.setUint32(HEADER_FIELD.descriptorCount, sectors.size, true);
  bytes.set(serializeGuidBytes(header.logId), HEADER_FIELD.logId);
  view.setBigUint64(HEADER_FIELD.flushedFileOffset, BigInt(header.flushedFileOffset), true);
  view.setBigUint64(HEADER_FIELD.lastFileOffset, BigInt(header.lastFileOffset), true);
  for (const [index, [offsetBytes, sector]] of [...sectors].entries()) {
    const dataOffset = (descriptorSectors + index) * LOG_SECTOR_BYTES;
    const descriptor = bytes.subarray(descriptorOffset(index), descriptorOffset(index + 1));
    splitSector(
      sector,
      offsetBytes,
      header.sequenceNumber,
      descriptor,
      bytes.subarray(dataOffset, dataOffset + LOG_SECTOR_BYTES),
    );
  }
  sealChecksum(bytes);
  return bytes;
}

/**
 * The inverse of {@link readEdges} and {@link restoreEdges}: the bytes that the data sector has no
 * room for go into the descriptor.
 */
function splitSector(
  sector: Uint8Array,
  offsetBytes: number,
  sequenceNumber: bigint,
  descriptor: Uint8Array,
  dataSector: Uint8Array,
): void {
  writeSignature(descriptor, DATA_DESCRIPTOR_SIGNATURE);
  descriptor.set(sector.subarray(DATA_FIELD.sequenceLow), DESCRIPTOR_FIELD.trailingBytes);
  descriptor.set(sector.subarray(0, DATA_FIELD.data), DESCRIPTOR_FIELD.leadingBytes);
  viewOf(descriptor).setBigUint64(DESCRIPTOR_FIELD.fileOffset, BigInt(offsetBytes), true);
  viewOf(descriptor).setBigUint64(DESCRIPTOR_FIELD.sequenceNumber, sequenceNumber, true);
  dataSector.set(sector);
  writeSignature(dataSector, DATA_SIGNATURE);
  viewOf(dataSector).setUint32(DATA_FIELD.sequenceHigh, Number(sequenceNumber >> 32n), true);
  viewOf(dataSector).setUint32(DATA_FIELD.sequenceLow, Number(sequenceNumber & 0xffffffffn), true);
}
