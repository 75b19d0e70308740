/**
 * Bits of a sector bitmap: bit `n` stands for sector `n` and is in byte `n >> 3` under the mask
 * `1 << (n & 7)`, the least significant bit first, other than in a VHD.
 *
 * @see [MS-VHDX] 2.4
 */

import { findRunEnd } from "../sector-runs";

const NO_SECTOR = 0x00;
const ALL_SECTORS = 0xff;

/** Tells whether a sector is held. */
export function isSectorPresent(bitmap: Uint8Array, sector: number): boolean {
  return (((bitmap[sector >>> 3] ?? NO_SECTOR) >>> (sector & 7)) & 1) === 1;
}

/**
 * Visits the runs of equal bits in `[startSector, endSector)`, in order.
 *
 * @param visit is told whether the sectors of the run are held, and how many they are (at least 1)
 */
export function visitSectorRuns(
  bitmap: Uint8Array,
  startSector: number,
  endSector: number,
  visit: (isPresent: boolean, sectorCount: number) => void,
): void {
  for (let start = startSector; start < endSector;) {
    const isPresent = isSectorPresent(bitmap, start);
    const end = findRunEnd(bitmap, start, endSector, isSectorPresent);
    visit(isPresent, end - start);
    start = end;
  }
}

/** Sets or clears the bits of `[startSector, endSector)`; all others stay as they are. */
export function markSectors(
  bitmap: Uint8Array,
  startSector: number,
  endSector: number,
  isPresent: boolean,
): void {
  for (let sector = startSector; sector < endSector;) {
    if (sector % 8 === 0 && sector + 8 <= endSector) {
      bitmap[sector >>> 3] = isPresent ? ALL_SECTORS : NO_SECTOR;
      sector += 8;
    } else {
      const byte = bitmap[sector >>> 3] ?? NO_SECTOR;
      const mask = 1 << (sector & 7);
      bitmap[sector >>> 3] = isPresent ? byte | mask : byte & ~mask;
      sector += 1;
    }
  }
}
