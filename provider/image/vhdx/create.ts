import { DiskError } from "../../disk/errors";
import { ZERO_GUID } from "../../disk/guid";
import { assertEmpty } from "../assert-empty";
import { MIB, alignUp, viewOf } from "../bytes";
import type { CreateChildImageRequest, CreateImageRequest } from "../driver";
import { parentWithoutId } from "../parent-errors";
import type { RandomAccessFile } from "../random-access-file";
import { writeSparsely } from "../write-sparsely";
import {
  BAT_ENTRY_LENGTH_BYTES,
  BAT_PAGE_LENGTH_BYTES,
  type BlockGeometry,
  PayloadState,
  computeGeometry,
  describeEntry,
  writeEntry,
} from "./block-allocation-table";
import { serializeFileIdentifier } from "./file-identifier";
import { HEADER_OFFSETS, serializeHeader } from "./header";
import {
  type DiskParameters,
  MAX_DISK_SIZE_BYTES,
  describeParameterProblem,
  serializeMetadata,
} from "./metadata";
import {
  type LocatorEntries,
  LOCATOR_KEY,
  formatLinkage,
  serializeLocator,
} from "./parent-locator";
import {
  BAT_REGION_ID,
  METADATA_REGION_ID,
  REGION_TABLE_OFFSETS,
  serializeRegionTable,
} from "./region-table";

/**
 * Where Windows puts things in a new file; the table may be longer than 1 MiB, and payload follows
 * it.
 */
const LOG_OFFSET_BYTES = 1 * MIB;
const METADATA_OFFSET_BYTES = 2 * MIB;
const BAT_OFFSET_BYTES = 3 * MIB;
const LOG_LENGTH_BYTES = MIB;
const METADATA_LENGTH_BYTES = MIB;

/** What Windows chooses unless told otherwise. */
const DEFAULT_BLOCK_SIZE_BYTES = {
  dynamic: 32 * MIB,
  fixed: 2 * MIB,
  differencing: 2 * MIB,
} as const;
const DEFAULT_LOGICAL_SECTOR_SIZE_BYTES = 512;
const DEFAULT_PHYSICAL_SECTOR_SIZE_BYTES = 4096;

const UNSET_LINKAGE = formatLinkage(ZERO_GUID);

/** The GUIDs that a new file gets; random ones unless a test asks for the same bytes every time. */
export interface VhdxIds {
  readonly creationId: string;
  readonly fileWriteId: string;
  readonly dataWriteId: string;
  /** Not used for a differencing disk. */
  readonly diskId: string;
}

/**
 * Writes a complete image, laid out as Windows does it, and makes it durable.
 *
 * @param file empty and writable; it stays open
 * @throws InvalidInput for what the format does not allow, OutOfRange for more than 64 TiB,
 *   AlreadyExists when the file is not empty, IoFailed
 * @see [MS-VHDX] 2.1
 */
export async function createVhdx(
  file: RandomAccessFile,
  request: CreateImageRequest,
  ids: VhdxIds = createIds(request),
): Promise<void> {
  await assertEmpty(file);
  const parameters = toParameters(file, request, ids);
  const geometry = computeGeometry(parameters);
  const batLengthBytes = alignUp(geometry.entryCount * BAT_ENTRY_LENGTH_BYTES, MIB);
  const payloadOffset = BAT_OFFSET_BYTES + batLengthBytes;
  const payloadLength =
    request.type === "fixed" ? geometry.blockCount * geometry.blockSizeBytes : 0;
  const locator =
    request.type === "differencing"
      ? serializeLocator(listLocatorEntries(file, request))
      : undefined;

  // What is never written reads as zeros: the log, a table without blocks, and the payload of a
  // fixed disk.
  await file.resize(payloadOffset + payloadLength);
  if (request.type === "fixed") {
    await writeFullTable(file, geometry, payloadOffset);
  }
  await writeSparsely(file, METADATA_OFFSET_BYTES, serializeMetadata(parameters, locator));
  await writeHeaderSection(file, ids, batLengthBytes);
  await file.flush();
}

function createIds({ ownId }: CreateImageRequest): VhdxIds {
  return {
    creationId: ownId ?? crypto.randomUUID(),
    fileWriteId: crypto.randomUUID(),
    dataWriteId: crypto.randomUUID(),
    diskId: crypto.randomUUID(),
  };
}

function toParameters(
  file: RandomAccessFile,
  request: CreateImageRequest,
  ids: VhdxIds,
): DiskParameters {
  const parameters = {
    blockSizeBytes: request.blockSizeBytes ?? DEFAULT_BLOCK_SIZE_BYTES[request.type],
    leavesBlocksAllocated: request.type === "fixed",
    hasParent: request.type === "differencing",
    sizeBytes: request.sizeBytes,
    logicalSectorSizeBytes: request.logicalSectorSizeBytes ?? DEFAULT_LOGICAL_SECTOR_SIZE_BYTES,
    physicalSectorSizeBytes: request.physicalSectorSizeBytes ?? DEFAULT_PHYSICAL_SECTOR_SIZE_BYTES,
    diskId: request.type === "differencing" ? request.parent.diskId : ids.diskId,
  };
  const problem = describeParameterProblem(parameters);
  if (problem !== undefined) {
    throw new DiskError(request.sizeBytes > MAX_DISK_SIZE_BYTES ? "OutOfRange" : "InvalidInput", {
      what: `a VHDX cannot be created with these values: its ${problem}`,
      subject: file.name,
      remedy: "Nothing was written. Correct the value.",
    });
  }
  return parameters;
}

/**
 * The entries in the order in which Windows writes them; `volume_path` is only known to the host of
 * the parent.
 */
function listLocatorEntries(
  file: RandomAccessFile,
  { parent }: CreateChildImageRequest,
): LocatorEntries {
  const linkage = formatLinkage(parent.linkageId);
  if (linkage === UNSET_LINKAGE) {
    throw parentWithoutId(file.name, parent);
  }
  return new Map<string, string>([
    [LOCATOR_KEY.linkage, linkage],
    [LOCATOR_KEY.absolutePath, parent.absolutePath],
    ...(parent.relativePath === undefined
      ? []
      : [[LOCATOR_KEY.relativePath, parent.relativePath] as const]),
    [LOCATOR_KEY.secondLinkage, UNSET_LINKAGE],
  ]);
}

/** Writes the table of a fixed disk: each block present, one behind the other. */
async function writeFullTable(
  file: RandomAccessFile,
  geometry: BlockGeometry,
  payloadOffset: number,
): Promise<void> {
  const pageCount = BAT_PAGE_LENGTH_BYTES / BAT_ENTRY_LENGTH_BYTES;
  for (let firstIndex = 0; firstIndex < geometry.entryCount; firstIndex += pageCount) {
    const count = Math.min(pageCount, geometry.entryCount - firstIndex);
    const bytes = new Uint8Array(count * BAT_ENTRY_LENGTH_BYTES);
    for (let position = 0; position < count; position += 1) {
      const { block } = describeEntry(geometry, firstIndex + position);
      if (block !== undefined) {
        const offsetBytes = payloadOffset + block * geometry.blockSizeBytes;
        writeEntry(
          viewOf(bytes),
          position * BAT_ENTRY_LENGTH_BYTES,
          PayloadState.fullyPresent,
          offsetBytes,
        );
      }
    }
    await file.write(BAT_OFFSET_BYTES + firstIndex * BAT_ENTRY_LENGTH_BYTES, bytes);
  }
}

/** The identifier comes last: what does not begin with it is no VHDX. */
async function writeHeaderSection(
  file: RandomAccessFile,
  ids: VhdxIds,
  batLengthBytes: number,
): Promise<void> {
  const table = serializeRegionTable([
    {
      id: BAT_REGION_ID,
      offsetBytes: BAT_OFFSET_BYTES,
      lengthBytes: batLengthBytes,
      isRequired: true,
    },
    {
      id: METADATA_REGION_ID,
      offsetBytes: METADATA_OFFSET_BYTES,
      lengthBytes: METADATA_LENGTH_BYTES,
      isRequired: true,
    },
  ]);
  for (const offsetBytes of REGION_TABLE_OFFSETS) {
    await writeSparsely(file, offsetBytes, table);
  }
  for (const [index, offsetBytes] of HEADER_OFFSETS.entries()) {
    const header = serializeHeader({
      sequenceNumber: BigInt(index + 1),
      fileWriteId: ids.fileWriteId,
      dataWriteId: ids.dataWriteId,
      logId: ZERO_GUID,
      logOffsetBytes: LOG_OFFSET_BYTES,
      logLengthBytes: LOG_LENGTH_BYTES,
    });
    await file.write(offsetBytes, header);
  }
  await file.write(0, serializeFileIdentifier(ids.creationId));
}
