import type { ParentPath } from "../../disk/disk";
import { corruptImage, unsupportedImage } from "../bytes";
import type { RandomAccessFile } from "../random-access-file";
import { BlockAllocationTable, MAX_BLOCK_COUNT, tableSizeOf } from "./block-allocation-table";
import { type FileArea, assertAreasPlaced, assertBlocksPlaced } from "./block-placement";
import { DYNAMIC_HEADER_SIZE_BYTES, type DynamicHeader, readDynamicHeader } from "./dynamic-header";
import { FOOTER_SIZE_BYTES } from "./footer";
import { readParentPaths } from "./parent-locator";
import { type CurrentFooter, FOOTER_COPY_OFFSET_BYTES, readCurrentFooter } from "./read-footer";

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
  /** In resolution order; empty for a dynamic disk. */
  readonly parentPaths: readonly ParentPath[];
}

/**
 * Reads and validates all structures of a VHD. Memory is bounded, whatever they claim.
 *
 * @throws CorruptImage, UnsupportedImage, IoFailed
 */
export async function readStructures(file: RandomAccessFile): Promise<VhdStructures> {
  const current = await readCurrentFooter(file);
  const { footer, endOfDataBytes } = current;
  if (footer.dynamicHeaderOffsetBytes !== undefined) {
    return { current, sparse: await readSparseStructures(file, current, footer.dynamicHeaderOffsetBytes) };
  }
  if (footer.sizeBytes > endOfDataBytes) {
    const reason = `the disk has ${footer.sizeBytes} bytes, and the file only ${endOfDataBytes} before the footer`;
    throw corruptImage(file.name, "footer", endOfDataBytes, reason);
  }
  return { current };
}

async function readSparseStructures(
  file: RandomAccessFile,
  { footer, endOfDataBytes }: CurrentFooter,
  headerOffsetBytes: number,
): Promise<SparseStructures> {
  const header = await readDynamicHeader(file, footer);
  const { blockSizeBytes, tableOffsetBytes } = header;
  const areas = listAreas(header, headerOffsetBytes);
  assertAreasPlaced(file.name, areas, endOfDataBytes);

  const blockCount = Math.ceil(footer.sizeBytes / blockSizeBytes);
  if (blockCount > MAX_BLOCK_COUNT) {
    throw unsupportedImage(
      file.name,
      `the disk is divided into ${blockCount} blocks, and at most ${MAX_BLOCK_COUNT} are read`,
    );
  }
  const table = new BlockAllocationTable(file, tableOffsetBytes, blockCount);
  await assertBlocksPlaced(table, blockSizeBytes, footer.sizeBytes, areas, endOfDataBytes);
  const { parent } = header;
  const parentPaths =
    parent === undefined ? [] : await readParentPaths(file, headerOffsetBytes, parent.locators, parent.name);
  return { header, headerOffsetBytes, table, parentPaths };
}

function listAreas(header: DynamicHeader, headerOffsetBytes: number): FileArea[] {
  return [
    { structure: "footer copy", offsetBytes: FOOTER_COPY_OFFSET_BYTES, lengthBytes: FOOTER_SIZE_BYTES },
    { structure: "dynamic header", offsetBytes: headerOffsetBytes, lengthBytes: DYNAMIC_HEADER_SIZE_BYTES },
    {
      structure: "block allocation table",
      offsetBytes: header.tableOffsetBytes,
      lengthBytes: tableSizeOf(header.maxTableEntries),
    },
  ];
}
