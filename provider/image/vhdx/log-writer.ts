import { MIB, unsupportedImage } from "../bytes";
import type { RandomAccessFile } from "../random-access-file";
import type { VhdxHeader } from "./header";
import { LOG_SECTOR_BYTES, serializeLogEntry } from "./log-entry";

/** Sectors of a file by the offset at which they are; 4 KiB each, aligned to 4 KiB. */
export type Sectors = ReadonlyMap<number, Uint8Array>;

/** Bytes that are to take the place of others. */
export interface Patch {
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
}

/** The log of a new log id begins again. */
const FIRST_SEQUENCE_NUMBER = 1n;

/**
 * Writes an entry that makes changes to many sectors take effect together: alone at the beginning
 * of a log that holds nothing. It counts only once a header names `logId`, so that a power loss
 * before that loses all the changes and one after it none.
 *
 * @param header says where the log is; its own log id must be zero
 * @param logId a new GUID
 * @throws UnsupportedImage, before anything is written, when the log has no room for so many
 *   sectors; IoFailed
 * @see [MS-VHDX] 2.3
 */
export async function writeLogEntry(
  file: RandomAccessFile,
  header: VhdxHeader,
  logId: string,
  sectors: Sectors,
): Promise<void> {
  const fileSizeBytes = await file.readSize();
  const entry = serializeLogEntry(
    {
      tail: 0,
      sequenceNumber: FIRST_SEQUENCE_NUMBER,
      logId,
      flushedFileOffset: Math.floor(fileSizeBytes / MIB) * MIB,
      lastFileOffset: Math.ceil(fileSizeBytes / MIB) * MIB,
    },
    sectors,
  );
  if (entry.length > header.logLengthBytes) {
    throw unsupportedImage(
      file.name,
      `the log of ${header.logLengthBytes} bytes has no room for ${sectors.size} sectors`,
    );
  }
  await file.write(header.logOffsetBytes, entry);
}

/**
 * Turns changes of bytes into the sectors that hold them, with what the file has around them.
 *
 * @param patches in any order; where two overlap, the later one counts
 */
export async function collectSectors(
  file: RandomAccessFile,
  patches: readonly Patch[],
): Promise<Sectors> {
  const sectors = new Map<number, Uint8Array>();
  for (const { offsetBytes, bytes } of patches) {
    const first = offsetBytes - (offsetBytes % LOG_SECTOR_BYTES);
    for (let at = first; at < offsetBytes + bytes.length; at += LOG_SECTOR_BYTES) {
      const sector = sectors.get(at) ?? new Uint8Array(LOG_SECTOR_BYTES);
      if (!sectors.has(at)) {
        await file.read(at, sector);
        sectors.set(at, sector);
      }
      const part = bytes.subarray(
        Math.max(0, at - offsetBytes),
        at + LOG_SECTOR_BYTES - offsetBytes,
      );
      sector.set(part, Math.max(0, offsetBytes - at));
    }
  }
  return sectors;
}
