import { DiskError } from "../../disk/errors";
import { parseGuidBytes, serializeGuidBytes } from "../../disk/guid";
import { MIB, TIB, corruptImage, readStructure, unsupportedImage, viewOf } from "../bytes";
import type { ReadableFile } from "../random-access-file";
import {
  METADATA_TABLE_LENGTH_BYTES,
  type MetadataItem,
  readMetadataTable,
  serializeMetadataTable,
} from "./metadata-table";
import type { Region } from "./region-table";

/**
 * The system items of this version of the format, in the order in which Windows writes them
 * ([MS-VHDX] 2.6.2).
 */
export const ITEM_ID = {
  fileParameters: "caa16737-fa36-4d43-b3b6-33f0aa44e76b", //     8 bytes, 2.6.2.1
  sizeBytes: "2fa54224-cd1b-4876-b211-5dbed83bf4b8", //          8 bytes, 2.6.2.2
  logicalSectorSize: "8141bf1d-a96f-4709-ba47-f233a8faab5f", //  4 bytes, 2.6.2.4
  physicalSectorSize: "cda348c7-445d-4471-9cc9-e9885251c556", // 4 bytes, 2.6.2.5
  diskId: "beca12ab-b2e6-4523-93ef-c309e000c746", //             16 bytes, 2.6.2.3
  parentLocator: "a8d35f2d-b30b-454d-abf7-d3d84834ab0c", //      2.6.2.6
} as const;

/**
 * Not in the specification: Windows keeps this item in a file for as long as its creation is not
 * finished.
 */
const INCOMPLETE_FILE_ID = "71cc85f0-1b69-4e28-9558-c3bf83ae75d3";

/**
 * Not in the specification either: items that Windows marks as required and that say nothing about
 * where content is, the CHS geometry and the label of a disk of persistent memory.
 */
const HARMLESS_IDS = [
  "da02d7bc-3d3a-423c-ac88-2a36ab21479b",
  "10e1ae8a-4b7e-4169-a40f-cd70de928393",
] as const;

/** [MS-VHDX] 2.6.2.1 */
const FILE_PARAMETERS_FIELD = {
  blockSize: 0, // 4 bytes, 1 to 256 MiB, a power of two
  flags: 4, //     4 bytes
} as const;
const LEAVE_BLOCKS_ALLOCATED = 1;
const HAS_PARENT = 2;

const KNOWN_IDS: ReadonlySet<string> = new Set([
  ...Object.values(ITEM_ID),
  ...HARMLESS_IDS,
  INCOMPLETE_FILE_ID,
]);

const MIN_BLOCK_SIZE_BYTES = MIB;
const MAX_BLOCK_SIZE_BYTES = 256 * MIB;

/** The largest virtual disk ([MS-VHDX] 2.6.2.2). */
export const MAX_DISK_SIZE_BYTES = 64 * TIB;

/** What the system items say. */
export interface DiskParameters {
  readonly blockSizeBytes: number;
  /**
   * Whether the file is meant to hold all blocks: a fixed disk. Without meaning where there is a
   * parent.
   */
  readonly leavesBlocksAllocated: boolean;
  readonly hasParent: boolean;
  readonly sizeBytes: number;
  readonly logicalSectorSizeBytes: number;
  readonly physicalSectorSizeBytes: number;
  /** The page 83 id of the disk, shared by all disks of a chain. */
  readonly diskId: string;
}

/** The metadata region, read and validated. */
export interface Metadata {
  readonly parameters: DiskParameters;
  /** The raw parent locator; present exactly where there is a parent. */
  readonly parentLocator?: Uint8Array;
  /** All entries of the table, in its order. */
  readonly items: readonly MetadataItem[];
}

/**
 * Reads and validates the metadata region.
 *
 * @param file with the log replayed
 * @throws CorruptImage, also for a file whose creation was never finished; UnsupportedImage;
 *   IoFailed
 * @see [MS-VHDX] 2.6
 */
export async function readMetadata(file: ReadableFile, region: Region): Promise<Metadata> {
  const items = await readMetadataTable(file, region, (id) => KNOWN_IDS.has(id));
  if (findItem(items, INCOMPLETE_FILE_ID) !== undefined) {
    throw new DiskError("CorruptImage", {
      what: "the creation of this image was never finished",
      subject: file.name,
      facts: { structure: "metadata table", offset: region.offsetBytes },
      remedy: "Nothing was changed. Delete the file and create the disk again.",
    });
  }
  const parameters = await readParameters(file, region, items);
  assertParameters(file, region, parameters);
  if (!parameters.hasParent) {
    return { parameters, items };
  }
  return {
    parameters,
    items,
    parentLocator: await readItem(file, region, items, "parentLocator", undefined),
  };
}

/** Finds a system item of the table. */
export function findItem(items: readonly MetadataItem[], id: string): MetadataItem | undefined {
  return items.find((item) => item.id === id && !item.isUser);
}

/**
 * Writes the table and the items of a new file, laid out as Windows does: items one behind the
 * other from 64 KiB on.
 *
 * @param parentLocator the raw item, for a differencing disk
 * @returns the beginning of the metadata region
 */
export function serializeMetadata(
  parameters: DiskParameters,
  parentLocator: Uint8Array | undefined,
): Uint8Array {
  const isVirtualDisk = (id: string): boolean =>
    id !== ITEM_ID.fileParameters && id !== ITEM_ID.parentLocator;
  const items: MetadataItem[] = [];
  const contents = listContents(parameters, parentLocator);
  let offsetBytes = METADATA_TABLE_LENGTH_BYTES;
  for (const [id, content] of contents) {
    const lengthBytes = content.length;
    items.push({
      id,
      offsetBytes,
      lengthBytes,
      isUser: false,
      isVirtualDisk: isVirtualDisk(id),
      isRequired: true,
    });
    offsetBytes += lengthBytes;
  }
  return Buffer.concat([serializeMetadataTable(items), ...contents.map(([, content]) => content)]);
}

/** The virtual size as its item holds it ([MS-VHDX] 2.6.2.2). */
export function serializeSize(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, BigInt(sizeBytes), true);
  return bytes;
}

function listContents(
  parameters: DiskParameters,
  parentLocator: Uint8Array | undefined,
): [string, Uint8Array][] {
  const flags =
    (parameters.leavesBlocksAllocated ? LEAVE_BLOCKS_ALLOCATED : 0) |
    (parameters.hasParent ? HAS_PARENT : 0);
  const contents: [string, Uint8Array][] = [
    [ITEM_ID.fileParameters, serializeUint32(parameters.blockSizeBytes, flags)],
    [ITEM_ID.sizeBytes, serializeSize(parameters.sizeBytes)],
    [ITEM_ID.logicalSectorSize, serializeUint32(parameters.logicalSectorSizeBytes)],
    [ITEM_ID.physicalSectorSize, serializeUint32(parameters.physicalSectorSizeBytes)],
    [ITEM_ID.diskId, serializeGuidBytes(parameters.diskId)],
  ];
  return parentLocator === undefined
    ? contents
    : [...contents, [ITEM_ID.parentLocator, parentLocator]];
}

function serializeUint32(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  for (const [index, value] of values.entries()) {
    viewOf(bytes).setUint32(4 * index, value, true);
  }
  return bytes;
}

async function readParameters(
  file: ReadableFile,
  region: Region,
  items: readonly MetadataItem[],
): Promise<DiskParameters> {
  const read = (name: keyof typeof ITEM_ID, lengthBytes: number): Promise<Uint8Array> =>
    readItem(file, region, items, name, lengthBytes);
  const fileParameters = viewOf(await read("fileParameters", 8));
  const flags = fileParameters.getUint32(FILE_PARAMETERS_FIELD.flags, true);
  if ((flags & ~(LEAVE_BLOCKS_ALLOCATED | HAS_PARENT)) !== 0) {
    throw unsupportedImage(
      file.name,
      `the image has file parameters 0x${flags.toString(16)}, which this package does not support`,
    );
  }
  return {
    blockSizeBytes: fileParameters.getUint32(FILE_PARAMETERS_FIELD.blockSize, true),
    leavesBlocksAllocated: (flags & LEAVE_BLOCKS_ALLOCATED) !== 0,
    hasParent: (flags & HAS_PARENT) !== 0,
    sizeBytes: Number(viewOf(await read("sizeBytes", 8)).getBigUint64(0, true)),
    logicalSectorSizeBytes: viewOf(await read("logicalSectorSize", 4)).getUint32(0, true),
    physicalSectorSizeBytes: viewOf(await read("physicalSectorSize", 4)).getUint32(0, true),
    diskId: parseGuidBytes(await read("diskId", 16)),
  };
}

async function readItem(
  file: ReadableFile,
  region: Region,
  items: readonly MetadataItem[],
  name: keyof typeof ITEM_ID,
  lengthBytes: number | undefined,
): Promise<Uint8Array> {
  const item = findItem(items, ITEM_ID[name]);
  if (item === undefined) {
    throw corruptImage(
      file.name,
      "metadata table",
      region.offsetBytes,
      `it has no item for ${name}`,
    );
  }
  const offsetBytes = region.offsetBytes + item.offsetBytes;
  if (lengthBytes !== undefined && item.lengthBytes !== lengthBytes) {
    const reason = `the item for ${name} has ${item.lengthBytes} bytes, not ${lengthBytes}`;
    throw corruptImage(file.name, "metadata item", offsetBytes, reason);
  }
  return readStructure(file, "metadata item", offsetBytes, item.lengthBytes);
}

function assertParameters(file: ReadableFile, region: Region, parameters: DiskParameters): void {
  const problem = describeParameterProblem(parameters);
  if (problem !== undefined) {
    throw corruptImage(file.name, "metadata item", region.offsetBytes, `the ${problem}`);
  }
}

/**
 * Tells what in the parameters of a disk the format does not allow.
 *
 * @returns a clause that begins with a noun, or `undefined` where nothing is wrong
 * @see [MS-VHDX] 2.6.2
 */
export function describeParameterProblem(parameters: DiskParameters): string | undefined {
  const { blockSizeBytes, sizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes } = parameters;
  const isPowerOfTwo =
    Number.isInteger(blockSizeBytes) && (blockSizeBytes & (blockSizeBytes - 1)) === 0;
  if (
    !isPowerOfTwo ||
    blockSizeBytes < MIN_BLOCK_SIZE_BYTES ||
    blockSizeBytes > MAX_BLOCK_SIZE_BYTES
  ) {
    return `block size of ${blockSizeBytes} bytes is not a power of two between 1 MiB and 256 MiB`;
  }
  for (const sectorSizeBytes of [logicalSectorSizeBytes, physicalSectorSizeBytes]) {
    if (sectorSizeBytes !== 512 && sectorSizeBytes !== 4096) {
      return `sector size of ${sectorSizeBytes} bytes is neither 512 nor 4096`;
    }
  }
  if (!Number.isInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % logicalSectorSizeBytes !== 0) {
    return (
      `virtual size of ${sizeBytes} bytes is not a multiple of the sector size of ` +
      `${logicalSectorSizeBytes} bytes`
    );
  }
  return sizeBytes > MAX_DISK_SIZE_BYTES
    ? `virtual size of ${sizeBytes} bytes is more than 64 TiB`
    : undefined;
}
