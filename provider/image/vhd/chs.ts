import { FILE_SECTOR_SIZE_BYTES } from "../bytes";

/** Cylinders, heads and sectors per track, as an ATA disk would report them. */
export interface ChsGeometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

const MAX_CYLINDERS = 65535;
const MAX_HEADS = 16;
const MAX_SECTORS_PER_TRACK = 255;
/** From this size on only the largest tracks will do. */
const LARGE_DISK_SECTORS = MAX_CYLINDERS * MAX_HEADS * 63;
/** What the BIOS interface can address. */
const BIOS_CYLINDERS = 1024;

/**
 * The geometry that goes with a virtual size. It covers the size only nearly, mostly less: a disk
 * of 4 MiB has 8,160 sectors by its geometry and 8,192 by its size. So it is written for guests
 * that ask, and never read to learn a size.
 *
 * @param sizeBytes the virtual size
 * @see VHD 1.0, Appendix: CHS Calculation
 */
export function computeChsGeometry(sizeBytes: number): ChsGeometry {
  const sectors = Math.min(
    sizeBytes / FILE_SECTOR_SIZE_BYTES,
    MAX_CYLINDERS * MAX_HEADS * MAX_SECTORS_PER_TRACK,
  );
  if (sectors >= LARGE_DISK_SECTORS) {
    return withTracks(sectors, MAX_HEADS, MAX_SECTORS_PER_TRACK);
  }
  const heads = Math.max(4, Math.ceil(Math.floor(sectors / 17) / BIOS_CYLINDERS));
  if (heads <= MAX_HEADS && fitsBios(sectors, heads, 17)) {
    return withTracks(sectors, heads, 17);
  }
  return withTracks(sectors, MAX_HEADS, fitsBios(sectors, MAX_HEADS, 31) ? 31 : 63);
}

function fitsBios(sectors: number, heads: number, sectorsPerTrack: number): boolean {
  return Math.floor(sectors / sectorsPerTrack) < heads * BIOS_CYLINDERS;
}

function withTracks(sectors: number, heads: number, sectorsPerTrack: number): ChsGeometry {
  return {
    cylinders: Math.floor(Math.floor(sectors / sectorsPerTrack) / heads),
    heads,
    sectorsPerTrack,
  };
}
