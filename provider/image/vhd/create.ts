import { DiskError } from "../../disk/errors";
import { ZERO_GUID, parseGuid } from "../../disk/guid";
import { assertEmpty } from "../assert-empty";
import { FILE_SECTOR_SIZE_BYTES, KIB, MIB, alignUp } from "../bytes";
import type { CreateImageRequest, ParentPlace } from "../driver";
import { parentWithoutId } from "../parent-errors";
import type { RandomAccessFile } from "../random-access-file";
import { MAX_BLOCK_COUNT, tableSizeOf, writeEmptyTable } from "./block-allocation-table";
import { placeNextBlock } from "./block-placement";
import { DYNAMIC_HEADER_SIZE_BYTES, serializeDynamicHeader } from "./dynamic-header";
import { FOOTER_SIZE_BYTES, MAX_SIZE_BYTES, serializeFooter } from "./footer";
import { FOOTER_COPY_OFFSET_BYTES } from "./read-footer";
import {
  type PlacedLocatorData,
  encodeParentPaths,
  endOfSpace,
  placeLocatorData,
  toParentRecord,
  writeLocatorData,
} from "./record-parent";

/** Where Windows puts the dynamic header: right behind the copy of the footer. */
const HEADER_OFFSET_BYTES = FOOTER_SIZE_BYTES;
const HEADER_END_BYTES = HEADER_OFFSET_BYTES + DYNAMIC_HEADER_SIZE_BYTES;

/** Windows aligns what follows the headers, and what it sets aside for the paths of the parent. */
const PAGE_SIZE_BYTES = 4 * KIB;
const ABSOLUTE_PATH_SPACE_BYTES = 4 * KIB;
const RELATIVE_PATH_SPACE_BYTES = 64 * KIB;

const DEFAULT_BLOCK_SIZE_BYTES = 2 * MIB;
const MAX_BLOCK_SIZE_BYTES = 256 * MIB;

/** What a new file gets that no other has; a test asks for the same bytes every time. */
export interface VhdIds {
  readonly uniqueId: string;
  readonly createdAt: Date;
}

/** Where everything of a new disk goes. */
interface Layout {
  readonly tableOffsetBytes: number;
  /** With its padding. */
  readonly tableSizeBytes: number;
  readonly blockCount: number;
  readonly locators: readonly PlacedLocatorData[];
  readonly footerOffsetBytes: number;
}

/**
 * Writes a whole image, laid out as Windows lays it out as far as QEMU can then write to it, and
 * flushes it.
 *
 * @param file empty and writable; stays open
 * @throws OutOfRange when the size is impossible; InvalidInput for the block size, the sector sizes
 *   or the parent's path; AlreadyExists when the file is not empty; IoFailed
 * @see VHD 1.0
 */
export async function createVhd(
  file: RandomAccessFile,
  request: CreateImageRequest,
  ids: VhdIds = createIds(request),
): Promise<void> {
  assertSize(file.name, request.sizeBytes);
  assertSectorSizes(file.name, request);
  await assertEmpty(file);
  if (request.type === "fixed") {
    await writeFixed(file, request, ids);
  } else {
    const blockSizeBytes = request.blockSizeBytes ?? DEFAULT_BLOCK_SIZE_BYTES;
    assertBlockSize(file.name, request.sizeBytes, blockSizeBytes);
    await writeSparse(file, { ...request, blockSizeBytes }, ids);
  }
  await file.flush();
}

async function writeFixed(
  file: RandomAccessFile,
  request: CreateImageRequest,
  ids: VhdIds,
): Promise<void> {
  if (request.blockSizeBytes !== undefined) {
    throw new DiskError("InvalidInput", {
      what: "a fixed VHD has no blocks",
      subject: file.name,
      facts: { blockSizeBytes: request.blockSizeBytes },
      remedy: "Leave blockSizeBytes out.",
    });
  }
  await file.resize(request.sizeBytes + FOOTER_SIZE_BYTES);
  await file.write(
    request.sizeBytes,
    serializeFooter({ ...ids, type: "fixed", sizeBytes: request.sizeBytes }),
  );
}

async function writeSparse(
  file: RandomAccessFile,
  request: CreateImageRequest & { readonly blockSizeBytes: number },
  ids: VhdIds,
): Promise<void> {
  const { type, sizeBytes, blockSizeBytes } = request;
  const parent = request.type === "differencing" ? request.parent : undefined;
  if (parent !== undefined && parseGuid(parent.linkageId) === ZERO_GUID) {
    throw parentWithoutId(file.name, parent);
  }
  const layout = planLayout(sizeBytes, blockSizeBytes, parent);
  const { tableOffsetBytes, tableSizeBytes, blockCount, locators, footerOffsetBytes } = layout;
  const footer = serializeFooter({
    ...ids,
    type,
    sizeBytes,
    dynamicHeaderOffsetBytes: HEADER_OFFSET_BYTES,
  });
  const header = serializeDynamicHeader({
    tableOffsetBytes,
    maxTableEntries: blockCount,
    blockSizeBytes,
    ...(parent === undefined ? {} : { parent: toParentRecord(parent, locators) }),
  });
  await file.write(FOOTER_COPY_OFFSET_BYTES, footer);
  await file.write(HEADER_OFFSET_BYTES, header);
  await writeLocatorData(file, locators);
  await writeEmptyTable(file, tableOffsetBytes, tableSizeBytes);
  await file.write(footerOffsetBytes, footer);
}

function planLayout(
  sizeBytes: number,
  blockSizeBytes: number,
  parent: ParentPlace | undefined,
): Layout {
  const blockCount = Math.ceil(sizeBytes / blockSizeBytes);
  return parent === undefined
    ? planDynamicLayout(blockCount, blockSizeBytes)
    : planDifferencingLayout(blockCount, blockSizeBytes, parent);
}

/**
 * The table ends where the first block will begin, and where the footer is until then. QEMU puts
 * the first block right behind the table and never clears its data: with the padding and the footer
 * that Windows has there, they would become content of the disk.
 */
function planDynamicLayout(blockCount: number, blockSizeBytes: number): Layout {
  const tableSizeBytes = alignUp(tableSizeOf(blockCount), FILE_SECTOR_SIZE_BYTES);
  const footerOffsetBytes = placeNextBlock(HEADER_END_BYTES + tableSizeBytes, blockSizeBytes);
  const tableOffsetBytes = footerOffsetBytes - tableSizeBytes;
  return { tableOffsetBytes, tableSizeBytes, blockCount, locators: [], footerOffsetBytes };
}

/**
 * The layout of Windows: the full path of the parent, the table, the relative path, each on pages
 * of its own. The footer is where the first block will begin.
 */
function planDifferencingLayout(
  blockCount: number,
  blockSizeBytes: number,
  parent: ParentPlace,
): Layout {
  const [absolute, relative] = encodeParentPaths(parent);
  const locators: PlacedLocatorData[] = [];
  let end = alignUp(HEADER_END_BYTES, PAGE_SIZE_BYTES);
  if (absolute !== undefined) {
    const placed = placeLocatorData(absolute, end, ABSOLUTE_PATH_SPACE_BYTES, PAGE_SIZE_BYTES);
    locators.push(placed);
    end = endOfSpace(placed);
  }
  const tableOffsetBytes = end;
  end = alignUp(tableOffsetBytes + tableSizeOf(blockCount), PAGE_SIZE_BYTES);
  const tableSizeBytes = end - tableOffsetBytes;
  if (relative !== undefined) {
    const placed = placeLocatorData(relative, end, RELATIVE_PATH_SPACE_BYTES, PAGE_SIZE_BYTES);
    locators.push(placed);
    end = endOfSpace(placed);
  }
  const footerOffsetBytes = placeNextBlock(end, blockSizeBytes);
  return { tableOffsetBytes, tableSizeBytes, blockCount, locators, footerOffsetBytes };
}

function createIds({ ownId }: CreateImageRequest): VhdIds {
  return { uniqueId: ownId ?? crypto.randomUUID(), createdAt: new Date() };
}

function assertSize(path: string, sizeBytes: number): void {
  const isWhole = Number.isInteger(sizeBytes / FILE_SECTOR_SIZE_BYTES);
  if (isWhole && sizeBytes > 0 && sizeBytes <= MAX_SIZE_BYTES) {
    return;
  }
  throw new DiskError("OutOfRange", {
    what: "a VHD cannot have this size",
    subject: path,
    facts: {
      sizeBytes,
      "sector size": FILE_SECTOR_SIZE_BYTES,
      "largest sizeBytes": MAX_SIZE_BYTES,
    },
    remedy: "Declare a multiple of the sector size up to 2040 GiB, or use VHDX.",
  });
}

function assertSectorSizes(path: string, request: CreateImageRequest): void {
  for (const name of ["logicalSectorSizeBytes", "physicalSectorSizeBytes"] as const) {
    const sectorSizeBytes = request[name] ?? FILE_SECTOR_SIZE_BYTES;
    if (sectorSizeBytes !== FILE_SECTOR_SIZE_BYTES) {
      throw new DiskError("InvalidInput", {
        what: `a VHD has sectors of ${FILE_SECTOR_SIZE_BYTES} bytes`,
        subject: path,
        facts: { [name]: sectorSizeBytes },
        remedy: `Nothing was written. Leave ${name} out, or use VHDX.`,
      });
    }
  }
}

function assertBlockSize(path: string, sizeBytes: number, blockSizeBytes: number): void {
  const isPowerOfTwo = Number.isInteger(Math.log2(blockSizeBytes));
  if (
    isPowerOfTwo &&
    blockSizeBytes >= FILE_SECTOR_SIZE_BYTES &&
    blockSizeBytes <= MAX_BLOCK_SIZE_BYTES
  ) {
    const blockCount = Math.ceil(sizeBytes / blockSizeBytes);
    if (blockCount <= MAX_BLOCK_COUNT) {
      return;
    }
  }
  throw new DiskError("InvalidInput", {
    what: "a VHD of this size cannot be divided into blocks of this size",
    subject: path,
    facts: { sizeBytes, blockSizeBytes, "most blocks": MAX_BLOCK_COUNT },
    remedy: "Leave blockSizeBytes out, or declare 524288 or 2097152.",
  });
}
