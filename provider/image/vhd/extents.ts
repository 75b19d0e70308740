import { FILE_SECTOR_SIZE_BYTES, MIB } from "../bytes";
import type { Extent } from "../disk-image";
import { ExtentRuns } from "../extent-runs";
import { findRunEnd } from "../sector-runs";
import { assertWindow } from "../../disk/rules/windows";
import type { SparseStructures, VhdStructures } from "./structures";
import { bitmapSizeOf, isSectorHeld } from "./sector-bitmap";

/**
 * So much of a block is looked at before extents are handed out: a bound on memory. All of it, in
 * the blocks of Windows.
 */
const MOST_BYTES_AT_ONCE = 16 * MIB;

/** So many bytes of the disk go with each byte of a bitmap. */
const BYTES_PER_BITMAP_BYTE = 8 * FILE_SECTOR_SIZE_BYTES;

/**
 * Finds out where each byte of a window of the disk comes from; see `DiskImage.readExtents`.
 *
 * A sector of a differencing disk whose bit is 0 is `absent`: it comes from the parent. Those of a
 * dynamic disk are data whatever their bit, as Windows, QEMU and DiscUtils read them, although the
 * specification calls them zeros. Bits behind the end of the disk may be stale and are never looked
 * at.
 *
 * @throws OutOfRange when the window is not inside the disk; CorruptImage, IoFailed
 * @see VHD 1.0, Block Allocation Table and Data Blocks
 */
export async function* readExtents(
  path: string,
  structures: VhdStructures,
  offsetBytes: number,
  lengthBytes: number,
): AsyncGenerator<readonly Extent[], void, undefined> {
  const { sizeBytes } = structures.current.footer;
  assertWindow(path, sizeBytes, offsetBytes, lengthBytes);
  if (lengthBytes === 0) {
    return;
  }
  if (structures.sparse === undefined) {
    yield [{ kind: "data", offsetBytes, lengthBytes, fileOffsetBytes: offsetBytes }];
    return;
  }
  yield* readSparseExtents(structures.sparse, offsetBytes, offsetBytes + lengthBytes);
}

async function* readSparseExtents(
  sparse: SparseStructures,
  startBytes: number,
  endBytes: number,
): AsyncGenerator<readonly Extent[], void, undefined> {
  const { blockSizeBytes } = sparse.header;
  const runs = new ExtentRuns(startBytes);
  for (let at = startBytes; at < endBytes;) {
    const block = Math.floor(at / blockSizeBytes);
    const bitmapOffsetBytes = await sparse.table.findBlock(block);
    if (bitmapOffsetBytes === undefined) {
      const runEnd = Math.min(
        (await sparse.table.findUnallocatedEnd(block)) * blockSizeBytes,
        endBytes,
      );
      runs.append("absent", runEnd - at, 0);
      at = runEnd;
    } else {
      const pieceEnd = Math.min((block + 1) * blockSizeBytes, endBytes, at + MOST_BYTES_AT_ONCE);
      await appendPiece(runs, sparse, bitmapOffsetBytes, at, pieceEnd);
      at = pieceEnd;
    }
    if (runs.isFull) {
      yield runs.takeCompleted();
    }
  }
  yield runs.takeAll();
}

/** Appends what a piece of one block holds. */
async function appendPiece(
  runs: ExtentRuns,
  { header, bitmaps }: SparseStructures,
  bitmapOffsetBytes: number,
  startBytes: number,
  endBytes: number,
): Promise<void> {
  const blockStart = startBytes - (startBytes % header.blockSizeBytes);
  const dataOffsetBytes = bitmapOffsetBytes + bitmapSizeOf(header.blockSizeBytes);
  if (header.parent === undefined) {
    runs.append("data", endBytes - startBytes, dataOffsetBytes + startBytes - blockStart);
    return;
  }
  const sector = Math.floor((startBytes - blockStart) / FILE_SECTOR_SIZE_BYTES);
  const endSector = Math.ceil((endBytes - blockStart) / FILE_SECTOR_SIZE_BYTES);
  const bitmap = await bitmaps.read(bitmapOffsetBytes, sector >>> 3, Math.ceil(endSector / 8));
  const bitmapStart = blockStart + bitmap.firstByte * BYTES_PER_BITMAP_BYTE;
  for (let at = startBytes; at < endBytes;) {
    const position = Math.floor((at - bitmapStart) / FILE_SECTOR_SIZE_BYTES);
    const endPosition = Math.ceil((endBytes - bitmapStart) / FILE_SECTOR_SIZE_BYTES);
    const runEnd =
      bitmapStart +
      findRunEnd(bitmap.bytes, position, endPosition, isSectorHeld) * FILE_SECTOR_SIZE_BYTES;
    const kind = isSectorHeld(bitmap.bytes, position) ? "data" : "absent";
    const end = Math.min(runEnd, endBytes);
    runs.append(kind, end - at, dataOffsetBytes + at - blockStart);
    at = end;
  }
}
