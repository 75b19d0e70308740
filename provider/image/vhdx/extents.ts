import { KIB, MIB, viewOf } from "../bytes";
import type { Extent } from "../disk-image";
import { ExtentRuns } from "../extent-runs";
import { assertWindow } from "../../disk/rules/windows";
import {
  BAT_ENTRY_LENGTH_BYTES,
  type BatPage,
  type BlockAllocationTable,
  PayloadState,
  SectorBitmapState,
  describeEntry,
  corruptEntry,
  entryOffsetBytes,
  offsetMibOf,
  payloadEntryIndex,
  readBatEntry,
  readBatPages,
  sectorBitmapEntryIndex,
  stateOf,
} from "./block-allocation-table";
import { PagedReader } from "./paged-reader";
import { visitSectorRuns } from "./sector-bitmap";

/** The bits of the largest block fill a page, so that those of any block are in one. */
const PAGE_LENGTH_BYTES = 64 * KIB;
const ENTRIES_IN_PAGE = PAGE_LENGTH_BYTES / BAT_ENTRY_LENGTH_BYTES;

/**
 * So many sectors of a partially present block are looked at before extents are handed out: a bound
 * on memory.
 */
const SECTORS_AT_ONCE = 32 * KIB;

/**
 * Where the extents of one image are read from. It keeps what was read last, for the next window.
 */
export interface ExtentSource {
  readonly table: BlockAllocationTable;
  readonly entries: PagedReader;
  readonly bitmap: PagedReader;
  /** The chunk whose bitmap was located last, since neighbouring blocks share one. */
  located: { readonly chunk: number; readonly offsetBytes: number } | undefined;
}

/** Makes a source of extents for an opened image. */
export function createExtentSource(table: BlockAllocationTable): ExtentSource {
  return {
    table,
    entries: new PagedReader(table.file, "block allocation table", PAGE_LENGTH_BYTES),
    bitmap: new PagedReader(table.file, "sector bitmap", PAGE_LENGTH_BYTES),
    located: undefined,
  };
}

/** One walk over a window of a disk. */
interface Walk {
  readonly source: ExtentSource;
  readonly table: BlockAllocationTable;
  readonly startBytes: number;
  readonly endBytes: number;
  readonly runs: ExtentRuns;
}

/**
 * Tells where each byte of a window of the disk comes from; see `DiskImage.readExtents`.
 *
 * Blocks that are zero, undefined or unmapped are `zero` in every type of disk: they are held by
 * this image and hide the parent. Bits of the sector bitmap count in partially present blocks only;
 * those of other blocks, and those behind the end of the disk, may be stale.
 *
 * @throws OutOfRange when the window is not inside the disk; CorruptImage, IoFailed
 * @see [MS-VHDX] 2.5.1.1
 */
export async function* readExtents(
  source: ExtentSource,
  offsetBytes: number,
  lengthBytes: number,
): AsyncGenerator<readonly Extent[], void, undefined> {
  const { table } = source;
  const { geometry } = table;
  assertWindow(table.file.name, geometry.sizeBytes, offsetBytes, lengthBytes);
  if (lengthBytes === 0) {
    return;
  }
  const walk: Walk = {
    source,
    table,
    startBytes: offsetBytes,
    endBytes: offsetBytes + lengthBytes,
    runs: new ExtentRuns(offsetBytes),
  };
  const startIndex = payloadEntryIndex(
    geometry,
    Math.floor(walk.startBytes / geometry.blockSizeBytes),
  );
  const endIndex =
    payloadEntryIndex(geometry, Math.ceil(walk.endBytes / geometry.blockSizeBytes) - 1) + 1;
  for await (const page of readEntries(source, startIndex, endIndex)) {
    for (let position = 0; position < page.count; position += 1) {
      position = appendWholeBlocks(walk, page, position);
      if (position < page.count) {
        yield* readPartialBlock(walk, page, position);
      }
      if (walk.runs.isFull) {
        yield walk.runs.takeCompleted();
      }
    }
  }
  yield walk.runs.takeAll();
}

/**
 * A short window costs no request as long as it stays near the last one; a long one is read in
 * large pages.
 */
async function* readEntries(
  { table, entries }: ExtentSource,
  startIndex: number,
  endIndex: number,
): AsyncGenerator<BatPage, void, undefined> {
  if (endIndex - startIndex > ENTRIES_IN_PAGE) {
    yield* readBatPages(table, startIndex, endIndex);
    return;
  }
  for (let firstIndex = startIndex; firstIndex < endIndex;) {
    const pageEnd = firstIndex - (firstIndex % ENTRIES_IN_PAGE) + ENTRIES_IN_PAGE;
    const count = Math.min(pageEnd, endIndex) - firstIndex;
    const offsetBytes = entryOffsetBytes(table, firstIndex);
    const bytes = await entries.read(offsetBytes, count * BAT_ENTRY_LENGTH_BYTES);
    yield { firstIndex, count, bytes, view: viewOf(bytes) };
    firstIndex += count;
  }
}

/**
 * Appends blocks that have one source, up to the next partially present block.
 *
 * @returns the position of that block, or `page.count` where there is none
 */
function appendWholeBlocks(walk: Walk, page: BatPage, startPosition: number): number {
  const { startBytes, endBytes } = walk;
  const { chunkRatio, blockSizeBytes } = walk.table.geometry;
  const startIndex = page.firstIndex + startPosition;
  let positionInChunk = startIndex % (chunkRatio + 1);
  let blockStart = (startIndex - Math.floor(startIndex / (chunkRatio + 1))) * blockSizeBytes;
  for (let position = startPosition; position < page.count; position += 1) {
    if (positionInChunk === chunkRatio) {
      positionInChunk = 0;
      continue;
    }
    const low = page.view.getUint32(position * BAT_ENTRY_LENGTH_BYTES, true);
    const high = page.view.getUint32(position * BAT_ENTRY_LENGTH_BYTES + 4, true);
    const kind = kindOfBlock(stateOf(low));
    if (kind === "partial") {
      return position;
    }
    if (kind === undefined) {
      throw corruptEntry(
        walk.table,
        page.firstIndex + position,
        `its state ${stateOf(low)} is reserved`,
      );
    }
    const blockEnd = blockStart + blockSizeBytes;
    const start = blockStart < startBytes ? startBytes : blockStart;
    const end = blockEnd > endBytes ? endBytes : blockEnd;
    walk.runs.append(kind, end - start, offsetMibOf(low, high) * MIB + start - blockStart);
    positionInChunk += 1;
    blockStart = blockEnd;
  }
  return page.count;
}

function kindOfBlock(state: number): Extent["kind"] | "partial" | undefined {
  switch (state) {
    case PayloadState.notPresent:
      return "absent";
    case PayloadState.undefined:
    case PayloadState.zero:
    case PayloadState.unmapped:
      return "zero";
    case PayloadState.fullyPresent:
      return "data";
    case PayloadState.partiallyPresent:
      return "partial";
    default:
      return undefined;
  }
}

async function* readPartialBlock(
  walk: Walk,
  page: BatPage,
  position: number,
): AsyncGenerator<readonly Extent[], void, undefined> {
  const { chunkRatio, blockSizeBytes, sectorSizeBytes } = walk.table.geometry;
  const { chunk } = describeEntry(walk.table.geometry, page.firstIndex + position);
  const block = page.firstIndex + position - chunk;
  const low = page.view.getUint32(position * BAT_ENTRY_LENGTH_BYTES, true);
  const high = page.view.getUint32(position * BAT_ENTRY_LENGTH_BYTES + 4, true);
  const payloadOffset = offsetMibOf(low, high) * MIB;
  const bitsLength = blockSizeBytes / sectorSizeBytes / 8;
  const bitsOffset = (await locateSectorBitmap(walk, chunk)) + (block % chunkRatio) * bitsLength;
  const bits = await walk.source.bitmap.read(bitsOffset, bitsLength);

  const blockStart = block * blockSizeBytes;
  const endBytes = Math.min(blockStart + blockSizeBytes, walk.endBytes);
  const endSector = Math.ceil((endBytes - blockStart) / sectorSizeBytes);
  let at = Math.max(blockStart, walk.startBytes);
  let sector = Math.floor((at - blockStart) / sectorSizeBytes);
  for (let start = sector; start < endSector; start += SECTORS_AT_ONCE) {
    visitSectorRuns(
      bits,
      start,
      Math.min(start + SECTORS_AT_ONCE, endSector),
      (isPresent, sectorCount) => {
        sector += sectorCount;
        const runEnd = Math.min(blockStart + sector * sectorSizeBytes, endBytes);
        walk.runs.append(
          isPresent ? "data" : "absent",
          runEnd - at,
          payloadOffset + at - blockStart,
        );
        at = runEnd;
      },
    );
    if (walk.runs.isFull) {
      yield walk.runs.takeCompleted();
    }
  }
}

async function locateSectorBitmap(walk: Walk, chunk: number): Promise<number> {
  const { source } = walk;
  if (source.located?.chunk !== chunk) {
    const index = sectorBitmapEntryIndex(walk.table.geometry, chunk);
    const { state, offsetBytes } = await readBatEntry(walk.table, index);
    if (state !== SectorBitmapState.present) {
      throw corruptEntry(
        walk.table,
        index,
        "it has no sector bitmap, although a block of the chunk is partially present",
      );
    }
    source.located = { chunk, offsetBytes };
    return offsetBytes;
  }
  return source.located.offsetBytes;
}
