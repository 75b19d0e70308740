import { KIB, MIB } from "../../provider/image/bytes";
import { sealChecksum } from "../../provider/image/vhdx/checksum";
import type { VhdxHeader } from "../../provider/image/vhdx/header";
import { descriptorOffset, serializeLogEntry } from "../../provider/image/vhdx/log-entry";
import { MemoryFile } from "./memory-file";
import { FIXED_IDS } from "./vhdx-image";

export const LOG_SECTOR = 4 * KIB;
export const LOG_ID = "10910910-9109-4109-8109-109109109109";
export const LOG_HEADER: VhdxHeader = {
  sequenceNumber: 1n,
  fileWriteId: FIXED_IDS.fileWriteId,
  dataWriteId: FIXED_IDS.dataWriteId,
  logId: LOG_ID,
  logOffsetBytes: MIB,
  logLengthBytes: MIB,
};
export const LOG_FILE_SIZE = 4 * MIB;
export const LOG_TARGET = 3 * MIB;

export interface EntryOptions {
  readonly sequenceNumber?: bigint;
  readonly tail?: number;
  readonly logId?: string;
  readonly flushedFileOffset?: number;
  readonly lastFileOffset?: number;
  /** What to write where: by default one sector of this value at {@link LOG_TARGET}. */
  readonly value?: number;
  readonly targets?: readonly number[];
}

export function buildEntry({
  value = 1,
  targets = [LOG_TARGET],
  ...header
}: EntryOptions = {}): Uint8Array {
  const sectors = new Map(
    targets.map((target) => [target, new Uint8Array(LOG_SECTOR).fill(value)]),
  );
  const defaults = { tail: 0, sequenceNumber: 5n, logId: LOG_ID };
  return serializeLogEntry(
    { ...defaults, flushedFileOffset: LOG_FILE_SIZE, lastFileOffset: LOG_FILE_SIZE, ...header },
    sectors,
  );
}

/**
 * Changes an entry and makes its checksum right again: what a faulty writer, not a torn write,
 * leaves.
 */
export function edited(entry: Uint8Array, edit: (view: DataView) => void): Uint8Array {
  edit(new DataView(entry.buffer));
  sealChecksum(entry);
  return entry;
}

/** Turns a descriptor into one that zeros. */
export function zeroing(index: number, lengthBytes: number): (view: DataView) => void {
  return (view) => {
    const at = descriptorOffset(index);
    new Uint8Array(view.buffer).set(Buffer.from("zero\0\0\0\0"), at);
    view.setBigUint64(at + 8, BigInt(lengthBytes), true);
  };
}

/**
 * A file of 4 MiB of the value 0xee, but for a log that holds entries by their offset in the log.
 */
export function buildLog(entries: Readonly<Record<number, Uint8Array>>): MemoryFile {
  const file = MemoryFile.of(new Uint8Array(LOG_FILE_SIZE).fill(0xee), "C:\\disks\\dirty.vhdx");
  file.writeNow(LOG_HEADER.logOffsetBytes, new Uint8Array(LOG_HEADER.logLengthBytes));
  for (const [offset, entry] of Object.entries(entries)) {
    const room = LOG_HEADER.logLengthBytes - Number(offset);
    file.writeNow(LOG_HEADER.logOffsetBytes + Number(offset), entry.subarray(0, room));
    file.writeNow(LOG_HEADER.logOffsetBytes, entry.subarray(room));
  }
  return file;
}

export const LARGE_LOG_HEADER = { ...LOG_HEADER, logOffsetBytes: 4 * MIB, logLengthBytes: 4 * MIB };

/** A log of 4 MiB with one entry that orders to zero a range many times. */
export function buildZeroingLog(count: number, lengthBytes: number): MemoryFile {
  const entry = new Uint8Array(Math.ceil(descriptorOffset(count) / LOG_SECTOR) * LOG_SECTOR);
  entry.set(buildEntry().subarray(0, descriptorOffset(1)));
  const zero = edited(buildEntry(), zeroing(0, lengthBytes)).slice(
    descriptorOffset(0),
    descriptorOffset(1),
  );
  for (let index = 0; index < count; index += 1) {
    entry.set(zero, descriptorOffset(index));
  }
  edited(entry, (view) => {
    view.setUint32(8, entry.length, true);
    view.setUint32(24, count, true);
  });
  const file = MemoryFile.of(new Uint8Array(8 * MIB));
  file.writeNow(LARGE_LOG_HEADER.logOffsetBytes, entry);
  return file;
}
