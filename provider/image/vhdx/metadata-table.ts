import { parseGuidBytes, serializeGuidBytes } from "../../disk/guid";
import { KIB, MIB, corruptImage, readStructure, unsupportedImage, viewOf } from "../bytes";
import type { ReadableFile } from "../random-access-file";
import { hasSignature, writeSignature } from "./checksum";
import type { Region } from "./region-table";

/** [MS-VHDX] 2.6.1.1; the rest of the header is reserved and zero. */
const TABLE_FIELD = {
  signature: 0, //   8 bytes, "metadata"
  entryCount: 10, // 2 bytes, at most 2,047
  entries: 32, //    32 bytes each
} as const;

/** [MS-VHDX] 2.6.1.2; the rest of the entry is reserved and zero. */
const ENTRY_FIELD = {
  id: 0, //      16 bytes
  offset: 16, // 4 bytes, from the beginning of the region; at least 64 KiB, or 0 for an empty item
  length: 20, // 4 bytes, at most 1 MiB
  flags: 24, //  4 bytes
} as const;

const FLAG = { isUser: 1, isVirtualDisk: 2, isRequired: 4 } as const;

const SIGNATURE = "metadata";
const ENTRY_LENGTH_BYTES = 32;
const MAX_ENTRY_COUNT = 2047;
const MAX_ITEM_LENGTH_BYTES = MIB;

/** The length of the table; items are behind it. */
export const METADATA_TABLE_LENGTH_BYTES = 64 * KIB;

/** One entry of the metadata table. */
export interface MetadataItem {
  readonly id: string;
  /** From the beginning of the metadata region. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /**
   * Metadata that belongs to a user of the disk; system items have other ids even where the GUID is
   * the same.
   */
  readonly isUser: boolean;
  /** Belongs to the content, not to the file: a child takes it over from its parent. */
  readonly isVirtualDisk: boolean;
  /** Software that does not know the item must refuse the file. */
  readonly isRequired: boolean;
}

/**
 * Reads and validates the metadata table.
 *
 * @param file with the log replayed
 * @param isKnown says which system items this package understands
 * @throws CorruptImage; UnsupportedImage for an item that is required and unknown; IoFailed
 * @see [MS-VHDX] 2.6.1
 */
export async function readMetadataTable(
  file: ReadableFile,
  region: Region,
  isKnown: (id: string) => boolean,
): Promise<readonly MetadataItem[]> {
  const bytes = await readStructure(
    file,
    "metadata table",
    region.offsetBytes,
    METADATA_TABLE_LENGTH_BYTES,
  );
  const fail = (reason: string): never => {
    throw corruptImage(file.name, "metadata table", region.offsetBytes, reason);
  };
  if (!hasSignature(bytes, SIGNATURE)) {
    fail(`it does not begin with "${SIGNATURE}"`);
  }
  const entryCount = viewOf(bytes).getUint16(TABLE_FIELD.entryCount, true);
  if (entryCount > MAX_ENTRY_COUNT) {
    fail(`it counts ${entryCount} entries, more than ${MAX_ENTRY_COUNT}`);
  }
  const items = Array.from({ length: entryCount }, (_, index) => parseEntry(bytes, index));
  const problem = describeItemProblem(items, region.lengthBytes) ?? describeOverlap(items);
  if (problem !== undefined) {
    fail(problem);
  }
  const unknown = items.find((item) => item.isRequired && (item.isUser || !isKnown(item.id)));
  if (unknown !== undefined) {
    throw unsupportedImage(
      file.name,
      `the image requires metadata ${unknown.id}, which this package does not support`,
    );
  }
  return items;
}

/**
 * Writes a metadata table.
 *
 * @returns 64 KiB of new bytes
 * @see [MS-VHDX] 2.6.1
 */
export function serializeMetadataTable(items: readonly MetadataItem[]): Uint8Array {
  const bytes = new Uint8Array(METADATA_TABLE_LENGTH_BYTES);
  const view = viewOf(bytes);
  writeSignature(bytes, SIGNATURE);
  view.setUint16(TABLE_FIELD.entryCount, items.length, true);
  for (const [index, item] of items.entries()) {
    const at = TABLE_FIELD.entries + index * ENTRY_LENGTH_BYTES;
    const flags =
      (item.isUser ? FLAG.isUser : 0) |
      (item.isVirtualDisk ? FLAG.isVirtualDisk : 0) |
      (item.isRequired ? FLAG.isRequired : 0);
    bytes.set(serializeGuidBytes(item.id), at + ENTRY_FIELD.id);
    view.setUint32(at + ENTRY_FIELD.offset, item.offsetBytes, true);
    view.setUint32(at + ENTRY_FIELD.length, item.lengthBytes, true);
    view.setUint32(at + ENTRY_FIELD.flags, flags, true);
  }
  return bytes;
}

function parseEntry(bytes: Uint8Array, index: number): MetadataItem {
  const at = TABLE_FIELD.entries + index * ENTRY_LENGTH_BYTES;
  const view = viewOf(bytes);
  const flags = view.getUint32(at + ENTRY_FIELD.flags, true);
  return {
    id: parseGuidBytes(bytes, at + ENTRY_FIELD.id),
    offsetBytes: view.getUint32(at + ENTRY_FIELD.offset, true),
    lengthBytes: view.getUint32(at + ENTRY_FIELD.length, true),
    isUser: (flags & FLAG.isUser) !== 0,
    isVirtualDisk: (flags & FLAG.isVirtualDisk) !== 0,
    isRequired: (flags & FLAG.isRequired) !== 0,
  };
}

function describeItemProblem(
  items: readonly MetadataItem[],
  regionLengthBytes: number,
): string | undefined {
  const seen = new Set<string>();
  for (const item of items) {
    const key = `${item.id} ${String(item.isUser)}`;
    const place = `item ${item.id} at ${item.offsetBytes} with ${item.lengthBytes} bytes`;
    if (seen.has(key)) {
      return `it names item ${item.id} twice`;
    }
    seen.add(key);
    if (item.lengthBytes > MAX_ITEM_LENGTH_BYTES) {
      return `${place} is longer than 1 MiB`;
    }
    const isOutside =
      item.offsetBytes < METADATA_TABLE_LENGTH_BYTES ||
      item.offsetBytes + item.lengthBytes > regionLengthBytes;
    if (item.lengthBytes === 0 ? item.offsetBytes !== 0 : isOutside) {
      return `${place} is outside the part of the region that holds items`;
    }
  }
  return undefined;
}

function describeOverlap(items: readonly MetadataItem[]): string | undefined {
  const sorted = items
    .filter((item) => item.lengthBytes > 0)
    .toSorted((left, right) => left.offsetBytes - right.offsetBytes);
  let endBytes = 0;
  for (const item of sorted) {
    if (item.offsetBytes < endBytes) {
      return `item ${item.id} at ${item.offsetBytes} overlaps the item that ends at ${endBytes}`;
    }
    endBytes = item.offsetBytes + item.lengthBytes;
  }
  return undefined;
}
