import { type ChangedRange, appendRange, endOf } from "../disk/ranges";
import { MIB } from "./bytes";
import type { DiskImage, Extent } from "./disk-image";
import { type PayloadPart, readPayload } from "./gathered-reads";
import { readExtentsPastEnd } from "./past-end";

/** So much is put together at a time: a bound on the memory that is used besides the target. */
const PIECE_LENGTH_BYTES = MIB;

/** A piece of the content and where on the disk it begins. */
interface Piece {
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads what a machine would see that has the disk attached: each byte from the nearest image that
 * holds it.
 *
 * @param images the leaf first, the base last
 * @param offsetBytes inside the leaf's virtual size
 * @param target filled completely; the window must end inside the virtual size
 * @throws CorruptImage, IoFailed
 */
export async function readContent(
  images: readonly DiskImage[],
  offsetBytes: number,
  target: Uint8Array,
): Promise<void> {
  for (let done = 0; done < target.length; done += PIECE_LENGTH_BYTES) {
    const bytes = target.subarray(done, done + PIECE_LENGTH_BYTES);
    await readPiece(images, { offsetBytes: offsetBytes + done, bytes });
  }
}

/**
 * First finds out what each image holds, which is mostly known without waiting; then reads from all
 * images at once.
 */
async function readPiece(images: readonly DiskImage[], piece: Piece): Promise<void> {
  let missing: readonly ChangedRange[] = [
    { offsetBytes: piece.offsetBytes, lengthBytes: piece.bytes.length },
  ];
  const readings: { readonly image: DiskImage; readonly parts: readonly PayloadPart[] }[] = [];
  for (const image of images) {
    const parts: PayloadPart[] = [];
    missing = await findHeldParts(image, missing, piece, parts);
    readings.push({ image, parts });
  }
  for (const range of missing) {
    bytesOf(piece, range).fill(0);
  }
  await Promise.all(readings.map(({ image, parts }) => readPayload(image.file, parts)));
}

/**
 * Finds what one image holds of the missing ranges, in one walk however many they are. What it
 * holds as zeros is filled in at once.
 *
 * @param missing sorted and disjoint
 * @param parts gets what has to be read
 * @returns the ranges that the image does not hold, sorted and disjoint; its ancestors may hold
 *   them
 */
async function findHeldParts(
  image: DiskImage,
  missing: readonly ChangedRange[],
  piece: Piece,
  parts: PayloadPart[],
): Promise<readonly ChangedRange[]> {
  const first = missing[0];
  const last = missing.at(-1);
  if (first === undefined || last === undefined) {
    return [];
  }
  const absent: ChangedRange[] = [];
  const hold = (extent: Extent, part: ChangedRange): void => {
    if (extent.kind === "absent") {
      appendRange(absent, part);
    } else if (extent.kind === "zero") {
      bytesOf(piece, part).fill(0);
    } else {
      const fileOffsetBytes = extent.fileOffsetBytes + part.offsetBytes - extent.offsetBytes;
      parts.push({ fileOffsetBytes, target: bytesOf(piece, part) });
    }
  };
  let next = 0;
  for await (const extents of readExtentsPastEnd(image, first.offsetBytes, endOf(last))) {
    next = visitOverlaps(extents, missing, next, hold);
  }
  return absent;
}

/**
 * Visits where sorted extents and sorted ranges overlap, in order.
 *
 * @param first the range to begin with; those before it end before the first extent
 * @returns the first range that does not end inside the extents
 */
function visitOverlaps(
  extents: readonly Extent[],
  ranges: readonly ChangedRange[],
  first: number,
  visit: (extent: Extent, part: ChangedRange) => void,
): number {
  let index = first;
  for (const extent of extents) {
    const extentEnd = endOf(extent);
    for (let range = ranges[index]; range !== undefined; range = ranges[index]) {
      const rangeEnd = endOf(range);
      const offsetBytes = Math.max(range.offsetBytes, extent.offsetBytes);
      const lengthBytes = Math.min(rangeEnd, extentEnd) - offsetBytes;
      if (lengthBytes > 0) {
        visit(extent, { offsetBytes, lengthBytes });
      }
      if (rangeEnd > extentEnd) {
        break;
      }
      index += 1;
    }
  }
  return index;
}

/** The bytes of the piece that belong to a range inside it. */
function bytesOf(piece: Piece, range: ChangedRange): Uint8Array {
  const start = range.offsetBytes - piece.offsetBytes;
  return piece.bytes.subarray(start, start + range.lengthBytes);
}
