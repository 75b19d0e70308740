import { DiskError } from "../disk/errors";
import type { ReadableFile } from "./random-access-file";

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
export const TIB = 1024 * GIB;

/**
 * The unit in which both formats count where they count sectors of the file, whatever the disk's
 * own sector size.
 */
export const FILE_SECTOR_SIZE_BYTES = 512;

/** Rounds up to the next multiple of `unit`. */
export function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** A view of the bytes for reading and writing numbers; it shares their memory. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What bytes are compared with to tell whether they are zero. */
const ZEROS = Buffer.alloc(4 * KIB);

/** Tells whether every byte is zero. */
export function isAllZero(bytes: Uint8Array): boolean {
  for (let start = 0; start < bytes.length; start += ZEROS.length) {
    const end = Math.min(bytes.length, start + ZEROS.length);
    if (ZEROS.compare(bytes, start, end, 0, end - start) !== 0) {
      return false;
    }
  }
  return true;
}

/**
 * Reads a structure that must be wholly inside the file.
 *
 * @param structure what messages call it, for example `dynamic header`
 * @returns `lengthBytes` new bytes
 * @throws CorruptImage when the file ends inside it, IoFailed
 */
export async function readStructure(
  file: ReadableFile,
  structure: string,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(lengthBytes);
  await readInto(file, structure, offsetBytes, bytes);
  return bytes;
}

/** As {@link readStructure}, into bytes that are there. */
export async function readInto(
  file: ReadableFile,
  structure: string,
  offsetBytes: number,
  target: Uint8Array,
): Promise<void> {
  const count = await file.read(offsetBytes, target);
  if (count < target.length) {
    throw corruptImage(
      file.name,
      structure,
      offsetBytes,
      `the file ends ${target.length - count} bytes too early`,
    );
  }
}

/**
 * The error for an image whose structure contradicts its format.
 *
 * @param path the file
 * @param structure the name of the structure in the specification
 * @param offsetBytes where the structure begins in the file
 * @param reason what is wrong with it, with the values found
 */
export function corruptImage(
  path: string,
  structure: string,
  offsetBytes: number,
  reason: string,
): DiskError {
  return new DiskError("CorruptImage", {
    what: `the ${structure} is damaged, ${reason}`,
    subject: path,
    facts: { structure, offset: offsetBytes },
    remedy: "Nothing was changed. Restore the file from a backup or an intact copy.",
  });
}

/**
 * The error for an image that is sound but uses something this package does not know.
 *
 * @param path the file
 * @param reason what it uses, with the values found
 */
export function unsupportedImage(path: string, reason: string): DiskError {
  return new DiskError("UnsupportedImage", {
    what: reason,
    subject: path,
    remedy: "Nothing was changed. Open the disk with the software that created it.",
  });
}
