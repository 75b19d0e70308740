import { ZERO_GUID, parseGuidBytes, serializeGuidBytes } from "../../disk/guid";
import { KIB, MIB, corruptImage, readStructure, unsupportedImage, viewOf } from "../bytes";
import type { ReadableFile } from "../random-access-file";
import {
  computeChecksum,
  hasSignature,
  readChecksum,
  sealChecksum,
  writeSignature,
} from "./checksum";

/** [MS-VHDX] 2.2.2; the rest of the 4 KiB is reserved and zero. */
const FIELD = {
  signature: 0, //       4 bytes, "head"
  checksum: 4, //        4 bytes, CRC-32C of the 4 KiB
  sequenceNumber: 8, //  8 bytes, the header with the greater one is current
  fileWriteId: 16, //    16 bytes, FileWriteGuid
  dataWriteId: 32, //    16 bytes, DataWriteGuid
  logId: 48, //          16 bytes, LogGuid, zero when there is nothing to replay
  logVersion: 64, //     2 bytes, 0
  version: 66, //        2 bytes, 1
  logLength: 68, //      4 bytes, a multiple of 1 MiB
  logOffset: 72, //      8 bytes, a multiple of 1 MiB
} as const;

const SIGNATURE = "head";
const LENGTH_BYTES = 4 * KIB;
const VERSION = 1;
const LOG_VERSION = 0;

/** Where the two headers are; only one of them is current. */
export const HEADER_OFFSETS = [64 * KIB, 128 * KIB] as const;

/**
 * The end of the section that holds the file type identifier, the headers and the region tables.
 */
export const HEADER_SECTION_LENGTH_BYTES = MIB;

/** What changes while a file is written to, and where its log is. */
export interface VhdxHeader {
  readonly sequenceNumber: bigint;
  /** Changes before the first modification after each opening. */
  readonly fileWriteId: string;
  /** Changes before the first change that a user of the disk could see; children record it. */
  readonly dataWriteId: string;
  /** The GUID that valid log entries carry; the zero GUID when the log holds nothing. */
  readonly logId: string;
  readonly logOffsetBytes: number;
  readonly logLengthBytes: number;
}

/** The header in effect, and which of {@link HEADER_OFFSETS} it is at. */
export interface CurrentHeader {
  readonly header: VhdxHeader;
  readonly slot: 0 | 1;
}

/**
 * Reads the header in effect: the valid one, or of two valid ones that with the greater sequence
 * number. Equal numbers are accepted where both headers are the same byte for byte, as Disk2vhd
 * writes them.
 *
 * @throws CorruptImage when there is no current header, or the log is not inside the file;
 *   UnsupportedImage for another version of the format; IoFailed
 * @see [MS-VHDX] 2.2.2
 */
export async function readCurrentHeader(file: ReadableFile): Promise<CurrentHeader> {
  const first = await readStructure(file, "header", HEADER_OFFSETS[0], LENGTH_BYTES);
  const second = await readStructure(file, "header", HEADER_OFFSETS[1], LENGTH_BYTES);
  const slot = chooseSlot(file, first, second);
  const current = slot === 0 ? first : second;
  assertVersion(file, current);
  const header = parseHeader(current);
  await assertLogPlace(file, header, HEADER_OFFSETS[slot]);
  return { header, slot };
}

/**
 * Writes a header, version 1 with a log of version 0.
 *
 * @returns 4 KiB of new bytes
 * @see [MS-VHDX] 2.2.2
 */
export function serializeHeader(header: VhdxHeader): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  const view = viewOf(bytes);
  writeSignature(bytes, SIGNATURE);
  view.setBigUint64(FIELD.sequenceNumber, header.sequenceNumber, true);
  bytes.set(serializeGuidBytes(header.fileWriteId), FIELD.fileWriteId);
  bytes.set(serializeGuidBytes(header.dataWriteId), FIELD.dataWriteId);
  bytes.set(serializeGuidBytes(header.logId), FIELD.logId);
  view.setUint16(FIELD.logVersion, LOG_VERSION, true);
  view.setUint16(FIELD.version, VERSION, true);
  view.setUint32(FIELD.logLength, header.logLengthBytes, true);
  view.setBigUint64(FIELD.logOffset, BigInt(header.logOffsetBytes), true);
  sealChecksum(bytes);
  return bytes;
}

/** Tells whether the log must be replayed before anything else in the file can be believed. */
export function isLogDirty(header: VhdxHeader): boolean {
  return header.logId !== ZERO_GUID;
}

function parseHeader(bytes: Uint8Array): VhdxHeader {
  const view = viewOf(bytes);
  return {
    sequenceNumber: view.getBigUint64(FIELD.sequenceNumber, true),
    fileWriteId: parseGuidBytes(bytes, FIELD.fileWriteId),
    dataWriteId: parseGuidBytes(bytes, FIELD.dataWriteId),
    logId: parseGuidBytes(bytes, FIELD.logId),
    logOffsetBytes: Number(view.getBigUint64(FIELD.logOffset, true)),
    logLengthBytes: view.getUint32(FIELD.logLength, true),
  };
}

function chooseSlot(file: ReadableFile, first: Uint8Array, second: Uint8Array): 0 | 1 {
  const valid = [isValid(first), isValid(second)];
  if (!valid[0] && !valid[1]) {
    throw corruptImage(
      file.name,
      "header",
      HEADER_OFFSETS[0],
      "neither of the two has a valid signature and checksum",
    );
  }
  if (!valid[0] || !valid[1]) {
    return valid[0] ? 0 : 1;
  }
  const numbers = [parseHeader(first).sequenceNumber, parseHeader(second).sequenceNumber] as const;
  if (numbers[0] === numbers[1] && Buffer.compare(first, second) !== 0) {
    const reason = `two different headers have the sequence number ${numbers[0]}`;
    throw corruptImage(file.name, "header", HEADER_OFFSETS[0], reason);
  }
  return numbers[0] >= numbers[1] ? 0 : 1;
}

function isValid(bytes: Uint8Array): boolean {
  return hasSignature(bytes, SIGNATURE) && readChecksum(bytes) === computeChecksum(bytes);
}

function assertVersion(file: ReadableFile, bytes: Uint8Array): void {
  const version = viewOf(bytes).getUint16(FIELD.version, true);
  if (version !== VERSION) {
    throw unsupportedImage(
      file.name,
      `the image has version ${version} of the VHDX format, not ${VERSION}`,
    );
  }
  const logVersion = viewOf(bytes).getUint16(FIELD.logVersion, true);
  if (logVersion !== LOG_VERSION && isLogDirty(parseHeader(bytes))) {
    throw unsupportedImage(
      file.name,
      `the image has a log of version ${logVersion} to replay, not ${LOG_VERSION}`,
    );
  }
}

async function assertLogPlace(
  file: ReadableFile,
  header: VhdxHeader,
  headerOffset: number,
): Promise<void> {
  const { logOffsetBytes, logLengthBytes } = header;
  const place = `the log at ${logOffsetBytes} with ${logLengthBytes} bytes`;
  if (logOffsetBytes % MIB !== 0 || logLengthBytes % MIB !== 0) {
    throw corruptImage(file.name, "header", headerOffset, `${place} is not aligned to 1 MiB`);
  }
  const fileSizeBytes = await file.readSize();
  const inside =
    logOffsetBytes >= HEADER_SECTION_LENGTH_BYTES &&
    logOffsetBytes + logLengthBytes <= fileSizeBytes;
  if (logLengthBytes > 0 && !inside) {
    throw corruptImage(
      file.name,
      "header",
      headerOffset,
      `${place} is not between the header section and the end of the file at ${fileSizeBytes}`,
    );
  }
}
