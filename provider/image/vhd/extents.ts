import { FILE_SECTOR_SIZE_BYTES, readStructure } from "../bytes";
import type { Extent } from "../disk-image";
import { ExtentRuns } from "../extent-runs";
import { assertWindow } from "../window";
import type { SparseStructures, VhdStructures } from "./structures";
import { bitmapSizeOf, findRunEnd, isSectorHeld } from "./sector-bitmap";

/** So many sectors of a block are looked at before extents are handed out: a bound on memory. */
const SECTORS_AT_ONCE = 32 * 1024;

/**
 * Tells where each byte of a window of the disk comes from; see `DiskImage.readExtents`.
 *
 * A sector whose bit is 0 is `absent` in both types of disk that have bitmaps: it comes from the parent, or reads as
 * zeros where there is none. Bits behind the end of the disk may be stale and are never looked at.
 *
 * @throws OutOfRange when the window does not lie inside the disk; CorruptImage, IoFailed
 * @see VHD 1.0, Block Allocation Table and Data Blocks
 */
export async function* readExtents(
  path: string,
  structures: VhdStructures,
  offsetBytes: number,
  lengthBytes: number,
): AsyncGenerator<Extent, void, undefined> {
  const { sizeBytes } = structures.current.footer;
  assertWindow(path, sizeBytes, offsetBytes, lengthBytes);
  if (lengthBytes === 0) {
    return;
  }
  if (structures.sparse === undefined) {
    yield { kind: "data", offsetBytes, lengthBytes, fileOffsetBytes: offsetBytes };
    return;
  }
  yield* readSparseExtents(structures.sparse, offsetBytes, offsetBytes + lengthBytes);
}

async function* readSparseExtents(
  sparse: SparseStructures,
  startBytes: number,
  endBytes: number,
): AsyncGenerator<Extent, void, undefined> {
  const { blockSizeBytes } = sparse.header;
  const runs = new ExtentRuns(startBytes);
  for (let at = startBytes; at < endBytes;) {
    const block = Math.floor(at / blockSizeBytes);
    const bitmapOffsetBytes = await sparse.table.findBlock(block);
    if (bitmapOffsetBytes === undefined) {
      const runEnd = Math.min((await sparse.table.findUnallocatedEnd(block)) * blockSizeBytes, endBytes);
      runs.append("absent", runEnd - at, 0);
      at = runEnd;
    } else {
      const blockEnd = Math.min((block + 1) * blockSizeBytes, endBytes);
      yield* readBlock(sparse, runs, bitmapOffsetBytes, at, blockEnd);
      at = blockEnd;
    }
  }
  yield* runs.takeAll();
}

/** Appends what a part of one block holds, and yields what is complete. */
async function* readBlock(
  { header, table }: SparseStructures,
  runs: ExtentRuns,
  bitmapOffsetBytes: number,
  startBytes: number,
  endBytes: number,
): AsyncGenerator<Extent, void, undefined> {
  const blockStart = startBytes - (startBytes % header.blockSizeBytes);
  const dataOffsetBytes = bitmapOffsetBytes + bitmapSizeOf(header.blockSizeBytes);
  const endSector = Math.ceil((endBytes - blockStart) / FILE_SECTOR_SIZE_BYTES);
  let sector = Math.floor((startBytes - blockStart) / FILE_SECTOR_SIZE_BYTES);
  const firstByte = sector >>> 3;
  const bitmap = await readStructure(
    table.file,
    "sector bitmap",
    bitmapOffsetBytes + firstByte,
    Math.ceil(endSector / 8) - firstByte,
  );
  const skippedSectors = firstByte * 8;
  let at = startBytes;
  while (sector < endSector) {
    const isHeld = isSectorHeld(bitmap, sector - skippedSectors);
    const limit = Math.min(sector + SECTORS_AT_ONCE, endSector);
    sector = findRunEnd(bitmap, sector - skippedSectors, limit - skippedSectors) + skippedSectors;
    const runEnd = Math.min(blockStart + sector * FILE_SECTOR_SIZE_BYTES, endBytes);
    runs.append(isHeld ? "data" : "absent", runEnd - at, dataOffsetBytes + at - blockStart);
    yield* runs.takeCompleted();
    at = runEnd;
  }
}
