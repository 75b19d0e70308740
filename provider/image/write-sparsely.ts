import { KIB, isAllZero } from "./bytes";
import type { RandomAccessFile } from "./random-access-file";

/** What a file system and the kernel handle at once. */
const PAGE_LENGTH_BYTES = 4 * KIB;

/**
 * Writes the pages of a structure that are not all zeros: a structure of 64 KiB may say all it says
 * in one of them, and each page that is written costs memory, time and space.
 *
 * @param file where the structure goes, never written to and resized before, so that it reads as
 *   zeros
 * @throws IoFailed, AccessDenied
 */
export async function writeSparsely(
  file: RandomAccessFile,
  offsetBytes: number,
  bytes: Uint8Array,
): Promise<void> {
  const pageAt = (at: number): Uint8Array => bytes.subarray(at, at + PAGE_LENGTH_BYTES);
  for (let start = 0; start < bytes.length;) {
    let end = start;
    while (end < bytes.length && !isAllZero(pageAt(end))) {
      end += PAGE_LENGTH_BYTES;
    }
    if (end > start) {
      await file.write(offsetBytes + start, bytes.subarray(start, end));
    }
    start = end + PAGE_LENGTH_BYTES;
  }
}
