import { MIB, corruptImage, unsupportedImage } from "../bytes";
import { OpeningFile } from "../opening-file";
import type { ReadableFile } from "../random-access-file";
import { BlockAllocationTable, MAX_BLOCK_COUNT, tableSizeOf } from "./block-allocation-table";
import { type FileArea, assertAreasPlaced, assertBlocksPlaced } from "./block-placement";
import { DYNAMIC_HEADER_SIZE_BYTES, type DynamicHeader, readDynamicHeader } from "./dynamic-header";
import { FOOTER_SIZE_BYTES } from "./footer";
import { type ReadPaths, readParentPaths } from "./parent-locator";
import { BitmapReader } from "./sector-bitmap";
import { type CurrentFooter, FOOTER_COPY_OFFSET_BYTES, readCurrentFooter } from "./read-footer";

/**
 * The part of a table that is read in one request: all of it, for a disk of 512 GiB as Windows
 * makes it.
 */
const MAX_FETCHED_TABLE_BYTES = MIB;

/** The structures of a VHD, each validated by itself and all of them together. */
export interface VhdStructures {
  readonly current: CurrentFooter;
  /** Absent for a fixed disk. */
  readonly sparse?: SparseStructures;
}

/** What a dynamic or differencing disk has besides its footer. */
export interface SparseStructures {
  readonly header: DynamicHeader;
  readonly headerOffsetBytes: number;
  readonly table: BlockAllocationTable;
  readonly bitmaps: BitmapReader;
  /** In resolution order; empty for a dynamic disk. */
  readonly parentPaths: ReadPaths;
}

/**
 * Reads and validates all structures of a VHD. Memory is bounded, whatever they claim.
 *
 * @param file is only read; the table goes on reading from it
 * @param opening a view of the file, where a part of it was fetched before
 * @throws CorruptImage, UnsupportedImage, IoFailed
 */
export async function readStructures(
  file: ReadableFile,
  opening: OpeningFile = new OpeningFile(file),
): Promise<VhdStructures> {
  await opening.fetchHead();
  await opening.fetch((await opening.readSize()) - FOOTER_SIZE_BYTES, FOOTER_SIZE_BYTES);
  const current = await readCurrentFooter(opening);
  const { footer, endOfDataBytes } = current;
  if (footer.dynamicHeaderOffsetBytes !== undefined) {
    return {
      current,
      sparse: await readSparseStructures(file, opening, current, footer.dynamicHeaderOffsetBytes),
    };
  }
  if (footer.sizeBytes > endOfDataBytes) {
    const reason =
      `the disk has ${footer.sizeBytes} bytes, but the file has only ${endOfDataBytes} before ` +
      "the footer";
    throw corruptImage(file.name, "footer", endOfDataBytes, reason);
  }
  return { current };
}

async function readSparseStructures(
  file: ReadableFile,
  opening: OpeningFile,
  { footer, endOfDataBytes }: CurrentFooter,
  headerOffsetBytes: number,
): Promise<SparseStructures> {
  const header = await readDynamicHeader(opening, footer);
  const { blockSizeBytes, tableOffsetBytes } = header;
  const areas = listAreas(header, headerOffsetBytes);
  assertAreasPlaced(file.name, areas, endOfDataBytes);

  const blockCount = Math.ceil(footer.sizeBytes / blockSizeBytes);
  if (blockCount > MAX_BLOCK_COUNT) {
    throw unsupportedImage(
      file.name,
      `the disk has ${blockCount} blocks, but at most ${MAX_BLOCK_COUNT} are supported`,
    );
  }
  await opening.fetch(tableOffsetBytes, Math.min(tableSizeOf(blockCount), MAX_FETCHED_TABLE_BYTES));
  const openingTable = new BlockAllocationTable(opening, tableOffsetBytes, blockCount);
  await assertBlocksPlaced(openingTable, blockSizeBytes, footer.sizeBytes, areas, endOfDataBytes);
  const { parent } = header;
  const parentPaths =
    parent === undefined
      ? { paths: [], problems: [] }
      : await readParentPaths(opening, headerOffsetBytes, parent.locators, parent.name);
  const table = new BlockAllocationTable(file, tableOffsetBytes, blockCount);
  return {
    header,
    headerOffsetBytes,
    table,
    bitmaps: new BitmapReader(file, blockSizeBytes),
    parentPaths,
  };
}

function listAreas(header: DynamicHeader, headerOffsetBytes: number): FileArea[] {
  return [
    {
      structure: "footer copy",
      offsetBytes: FOOTER_COPY_OFFSET_BYTES,
      lengthBytes: FOOTER_SIZE_BYTES,
    },
    {
      structure: "dynamic header",
      offsetBytes: headerOffsetBytes,
      lengthBytes: DYNAMIC_HEADER_SIZE_BYTES,
    },
    {
      structure: "block allocation table",
      offsetBytes: header.tableOffsetBytes,
      lengthBytes: tableSizeOf(header.maxTableEntries),
    },
  ];
}
