import { parseGuidBytes, serializeGuidBytes } from "../../disk/guid";
import { KIB, MIB, corruptImage, readStructure, unsupportedImage, viewOf } from "../bytes";
import type { ReadableFile } from "../random-access-file";
import {
  computeChecksum,
  hasSignature,
  readChecksum,
  sealChecksum,
  writeSignature,
} from "./checksum";
import { HEADER_SECTION_LENGTH_BYTES } from "./header";
import type { SpaceMap } from "./space-map";

/** [MS-VHDX] 2.2.3.1 */
const TABLE_FIELD = {
  signature: 0, //  4 bytes, "regi"
  checksum: 4, //   4 bytes, CRC-32C of the 64 KiB
  entryCount: 8, // 4 bytes, at most 2,047
  entries: 16, //   32 bytes each
} as const;

/** [MS-VHDX] 2.2.3.2 */
const ENTRY_FIELD = {
  id: 0, //          16 bytes
  fileOffset: 16, // 8 bytes, a multiple of 1 MiB, at least 1 MiB
  length: 24, //     4 bytes, a multiple of 1 MiB
  required: 28, //   4 bytes, 1 when software that does not know the region must refuse the file
} as const;

const SIGNATURE = "regi";
const ENTRY_LENGTH_BYTES = 32;
const MAX_ENTRY_COUNT = 2047;

/** The length of the table, and where its two copies are. */
export const REGION_TABLE_LENGTH_BYTES = 64 * KIB;
export const REGION_TABLE_OFFSETS = [192 * KIB, 256 * KIB] as const;

/** The regions of this version of the format ([MS-VHDX] 2.2.3.2). */
export const BAT_REGION_ID = "2dc27766-f623-4200-9d64-115e9bfd4a08";
export const METADATA_REGION_ID = "8b7ca206-4790-4b9a-b8fe-575f050f886e";

/** A named part of the file. */
export interface Region {
  readonly id: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly isRequired: boolean;
}

/** The two regions that every file has, and all regions in the order of the table. */
export interface Regions {
  readonly bat: Region;
  readonly metadata: Region;
  readonly all: readonly Region[];
}

/**
 * Reads and validates the region table: the first copy, or the second where the checksum of the
 * first is wrong.
 *
 * @param file with the log replayed
 * @param space where the log is taken already; the regions are taken as well
 * @throws CorruptImage, UnsupportedImage for a region that is required and unknown, IoFailed
 * @see [MS-VHDX] 2.2.3
 */
export async function readRegions(file: ReadableFile, space: SpaceMap): Promise<Regions> {
  const fileSizeBytes = await file.readSize();
  const { all, tableOffsetBytes } = await readTable(file);
  const fail = (reason: string): never => {
    throw corruptImage(file.name, "region table", tableOffsetBytes, reason);
  };
  for (const region of all) {
    if (isLost(region, fileSizeBytes)) {
      // Its place stays its own, so that nothing else is ever put there.
      space.reserve(region.offsetBytes / MIB, region.lengthBytes / MIB);
      continue;
    }
    const problem = describeProblem(region, fileSizeBytes);
    if (problem !== undefined) {
      fail(
        `region ${region.id} at ${region.offsetBytes} with ${region.lengthBytes} bytes ${problem}`,
      );
    }
    if (!space.claim(region.offsetBytes / MIB, region.lengthBytes / MIB)) {
      fail(`region ${region.id} at ${region.offsetBytes} overlaps the log or another region`);
    }
  }
  if (new Set(all.map((region) => region.id)).size < all.length) {
    fail("it lists a region twice");
  }
  const bat =
    all.find((region) => region.id === BAT_REGION_ID) ?? fail("it lists no block allocation table");
  const metadata =
    all.find((region) => region.id === METADATA_REGION_ID) ?? fail("it lists no metadata region");
  const unknown = all.find((region) => region.isRequired && region !== bat && region !== metadata);
  if (unknown !== undefined) {
    throw unsupportedImage(
      file.name,
      `the image requires region ${unknown.id}, which this package does not support`,
    );
  }
  return { bat, metadata, all };
}

/**
 * Writes a region table.
 *
 * @returns 64 KiB of new bytes, the same for both copies
 * @see [MS-VHDX] 2.2.3
 */
export function serializeRegionTable(regions: readonly Region[]): Uint8Array {
  const bytes = new Uint8Array(REGION_TABLE_LENGTH_BYTES);
  const view = viewOf(bytes);
  writeSignature(bytes, SIGNATURE);
  view.setUint32(TABLE_FIELD.entryCount, regions.length, true);
  for (const [index, region] of regions.entries()) {
    const at = TABLE_FIELD.entries + index * ENTRY_LENGTH_BYTES;
    bytes.set(serializeGuidBytes(region.id), at + ENTRY_FIELD.id);
    view.setBigUint64(at + ENTRY_FIELD.fileOffset, BigInt(region.offsetBytes), true);
    view.setUint32(at + ENTRY_FIELD.length, region.lengthBytes, true);
    view.setUint32(at + ENTRY_FIELD.required, region.isRequired ? 1 : 0, true);
  }
  sealChecksum(bytes);
  return bytes;
}

async function readTable(file: ReadableFile): Promise<{ all: Region[]; tableOffsetBytes: number }> {
  for (const tableOffsetBytes of REGION_TABLE_OFFSETS) {
    const bytes = await readStructure(
      file,
      "region table",
      tableOffsetBytes,
      REGION_TABLE_LENGTH_BYTES,
    );
    const all = parseRegionTable(bytes);
    if (all !== undefined) {
      return { all, tableOffsetBytes };
    }
  }
  const reason = "neither of the two copies has a valid signature, checksum and count";
  throw corruptImage(file.name, "region table", REGION_TABLE_OFFSETS[0], reason);
}

function parseRegionTable(bytes: Uint8Array): Region[] | undefined {
  const view = viewOf(bytes);
  const entryCount = view.getUint32(TABLE_FIELD.entryCount, true);
  const isIntact = hasSignature(bytes, SIGNATURE) && readChecksum(bytes) === computeChecksum(bytes);
  if (!isIntact || entryCount > MAX_ENTRY_COUNT) {
    return undefined;
  }
  return Array.from({ length: entryCount }, (_, index) => {
    const at = TABLE_FIELD.entries + index * ENTRY_LENGTH_BYTES;
    return {
      id: parseGuidBytes(bytes, at + ENTRY_FIELD.id),
      offsetBytes: Number(view.getBigUint64(at + ENTRY_FIELD.fileOffset, true)),
      lengthBytes: view.getUint32(at + ENTRY_FIELD.length, true),
      isRequired: (view.getUint32(at + ENTRY_FIELD.required, true) & 1) === 1,
    };
  });
}

/**
 * A region that is not required may be behind the end: the file was cut, and with it only what can
 * be spared.
 */
function isLost({ isRequired, id, offsetBytes }: Region, fileSizeBytes: number): boolean {
  return (
    !isRequired && id !== BAT_REGION_ID && id !== METADATA_REGION_ID && offsetBytes >= fileSizeBytes
  );
}

function describeProblem(
  { offsetBytes, lengthBytes }: Region,
  fileSizeBytes: number,
): string | undefined {
  if (offsetBytes % MIB !== 0 || lengthBytes % MIB !== 0) {
    return "is not aligned to 1 MiB";
  }
  if (offsetBytes < HEADER_SECTION_LENGTH_BYTES) {
    return "is in the header section";
  }
  return offsetBytes + lengthBytes > fileSizeBytes
    ? `ends past the end of the file at ${fileSizeBytes}`
    : undefined;
}
