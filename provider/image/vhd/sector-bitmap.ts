import { FILE_SECTOR_SIZE_BYTES, KIB, alignUp, readStructure } from "../bytes";
import type { ReadableFile } from "../random-access-file";

/** The bitmap of a block of 256 MiB; those of larger blocks are read in parts. */
const MAX_KEPT_BYTES = 64 * KIB;

/**
 * The length of the bitmap before each block: one bit a sector, in whole sectors.
 *
 * @see VHD 1.0, Block Allocation Table and Data Blocks
 */
export function bitmapSizeOf(blockSizeBytes: number): number {
  return alignUp(Math.ceil(blockSizeBytes / FILE_SECTOR_SIZE_BYTES / 8), FILE_SECTOR_SIZE_BYTES);
}

/**
 * Tells whether a sector is held by the block. Bits are counted from the most significant one of
 * each byte.
 */
export function isSectorHeld(bitmap: Uint8Array, sector: number): boolean {
  return ((bitmap[sector >>> 3] ?? 0) & (0x80 >>> (sector & 7))) !== 0;
}

/** A part of the bitmap of one block. */
export interface BitmapPart {
  /** Where in the bitmap the part begins. */
  readonly firstByte: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads the bitmaps of blocks, and keeps the one that was asked for last: a block is mostly read in
 * several windows, some of them at the same time.
 */
export class BitmapReader {
  #kept: { readonly offsetBytes: number; readonly bytes: Promise<Uint8Array> } | undefined;

  /** @param blockSizeBytes of the disk */
  constructor(
    private readonly file: ReadableFile,
    private readonly blockSizeBytes: number,
  ) {}

  /**
   * Reads a part of a bitmap.
   *
   * @param offsetBytes where the bitmap is in the file
   * @returns at least the bytes from `firstByte` to before `endByte`; not to be changed
   * @throws CorruptImage when the file ends inside it, IoFailed
   */
  async read(offsetBytes: number, firstByte: number, endByte: number): Promise<BitmapPart> {
    const lengthBytes = this.blockSizeBytes / FILE_SECTOR_SIZE_BYTES / 8;
    if (lengthBytes > MAX_KEPT_BYTES) {
      const at = offsetBytes + firstByte;
      return {
        firstByte,
        bytes: await readStructure(this.file, "sector bitmap", at, endByte - firstByte),
      };
    }
    let kept = this.#kept;
    if (kept?.offsetBytes !== offsetBytes) {
      const length = Math.ceil(lengthBytes);
      kept = {
        offsetBytes,
        bytes: readStructure(this.file, "sector bitmap", offsetBytes, length),
      };
      this.#kept = kept;
    }
    try {
      return { firstByte: 0, bytes: await kept.bytes };
    } catch (error) {
      // The next attempt may succeed.
      this.#kept = this.#kept === kept ? undefined : this.#kept;
      throw error;
    }
  }
}
