/**
 * The end of the run of sectors that are held, or not held, like the first one.
 *
 * @param bitmap one bit a sector, in the order that `isHeld` knows
 * @param from the first sector
 * @param to the sector behind the last one to look at; greater than `from`
 * @returns the sector behind the run, at most `to`
 */
export function findRunEnd(
  bitmap: Uint8Array,
  from: number,
  to: number,
  isHeld: (bitmap: Uint8Array, sector: number) => boolean,
): number {
  const isFirstHeld = isHeld(bitmap, from);
  const uniformByte = isFirstHeld ? 0xff : 0;
  let sector = from;
  while (sector < to) {
    if ((sector & 7) === 0 && bitmap[sector >>> 3] === uniformByte) {
      sector += 8;
    } else if (isHeld(bitmap, sector) === isFirstHeld) {
      sector += 1;
    } else {
      break;
    }
  }
  return Math.min(sector, to);
}
