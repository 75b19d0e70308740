import { FILE_SECTOR_SIZE_BYTES, alignUp } from "../bytes";

/**
 * The length of the bitmap before each block: one bit a sector, in whole sectors.
 *
 * @see VHD 1.0, Block Allocation Table and Data Blocks
 */
export function bitmapSizeOf(blockSizeBytes: number): number {
  return alignUp(Math.ceil(blockSizeBytes / FILE_SECTOR_SIZE_BYTES / 8), FILE_SECTOR_SIZE_BYTES);
}

/** Tells whether a sector is held by the block. Bits are counted from the most significant one of each byte. */
export function isSectorHeld(bitmap: Uint8Array, sector: number): boolean {
  return ((bitmap[sector >>> 3] ?? 0) & (0x80 >>> (sector & 7))) !== 0;
}

/**
 * The end of the run of sectors that are held, or not held, like the first one.
 *
 * @param from the first sector
 * @param to the sector behind the last one to look at; greater than `from`
 * @returns the sector behind the run, at most `to`
 */
export function findRunEnd(bitmap: Uint8Array, from: number, to: number): number {
  const isHeld = isSectorHeld(bitmap, from);
  const uniformByte = isHeld ? 0xff : 0;
  let sector = from + 1;
  while (sector < to) {
    if ((sector & 7) === 0 && bitmap[sector >>> 3] === uniformByte) {
      sector += 8;
    } else if (isSectorHeld(bitmap, sector) === isHeld) {
      sector += 1;
    } else {
      break;
    }
  }
  return Math.min(sector, to);
}
