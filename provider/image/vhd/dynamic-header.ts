import { ZERO_GUID, parseGuidBytes, serializeGuidBytes } from "../../disk/guid";
import {
  FILE_SECTOR_SIZE_BYTES,
  corruptImage,
  readStructure,
  unsupportedImage,
  viewOf,
} from "../bytes";
import type { ReadableFile } from "../random-access-file";
import { describeChecksumProblem, sealChecksum } from "./checksum";
import type { VhdFooter } from "./footer";
import {
  LOCATOR_ENTRY_SIZE_BYTES,
  type LocatorEntry,
  parseLocatorEntry,
  serializeLocatorEntry,
} from "./parent-locator";
import { decodeUtf16, detectByteOrder, encodeUtf16 } from "./utf16";

/** VHD 1.0, Dynamic Disk Header Format; all numbers are big-endian. */
const FIELD = {
  cookie: 0, //            8 bytes, "cxsparse"
  nextOffset: 8, //        8 bytes, unused, all ones
  tableOffset: 16, //      8 bytes, where the block allocation table is
  version: 24, //          4 bytes, major and minor, 1.0
  maxTableEntries: 28, //  4 bytes
  blockSize: 32, //        4 bytes
  checksum: 36, //         4 bytes
  parentUniqueId: 40, //   16 bytes, zero without a parent
  //  4 bytes, 0 in the children that Windows makes, so it proves nothing and is not read
  parentTimestamp: 56,
  parentName: 64, //       512 bytes, UTF-16 big-endian
  locators: 576, //        8 entries of 24 bytes
} as const; //             The rest, from 768 on, is reserved.

const COOKIE = "cxsparse";
const UNUSED_OFFSET = 0xffff_ffff_ffff_ffffn;
const VERSION = 0x00010000;
const LOCATOR_COUNT = 8;
const PARENT_NAME_SIZE_BYTES = FIELD.locators - FIELD.parentName;

/** The length of a dynamic header. */
export const DYNAMIC_HEADER_SIZE_BYTES = 1024;

/** How many UTF-16 code units the parent's name may have. */
export const MAX_PARENT_NAME_LENGTH = PARENT_NAME_SIZE_BYTES / 2;

/** How a dynamic or differencing disk is divided, and what it records of its parent. */
export interface DynamicHeader {
  readonly tableOffsetBytes: number;
  /** How many entries the block allocation table has; at least as many as the disk has blocks. */
  readonly maxTableEntries: number;
  /** A power of two, at least one sector. */
  readonly blockSizeBytes: number;
  /** Differencing disks only. */
  readonly parent?: ParentRecord;
}

/** What the dynamic header of a differencing disk records of the parent. */
export interface ParentRecord {
  /** The unique id of the parent, never zero. */
  readonly uniqueId: string;
  /** A full path, a relative one or a bare name; empty where it is not recorded. */
  readonly name: string;
  /** Unused entries left out. */
  readonly locators: readonly LocatorEntry[];
}

/**
 * Reads the dynamic header.
 *
 * @param footer of a dynamic or differencing disk
 * @throws CorruptImage when the header is damaged or does not go with the footer; UnsupportedImage;
 *   IoFailed
 * @see VHD 1.0, Dynamic Disk Header Format
 */
export async function readDynamicHeader(
  file: ReadableFile,
  footer: VhdFooter,
): Promise<DynamicHeader> {
  const offsetBytes = footer.dynamicHeaderOffsetBytes ?? 0;
  if (!Number.isSafeInteger(offsetBytes)) {
    throw corruptImage(file.name, "footer", 0, `its data offset is ${offsetBytes}`);
  }
  const bytes = await readStructure(file, "dynamic header", offsetBytes, DYNAMIC_HEADER_SIZE_BYTES);
  const header = parseDynamicHeader(file.name, offsetBytes, bytes, footer.type === "differencing");
  if (header.maxTableEntries * header.blockSizeBytes < footer.sizeBytes) {
    const reason =
      `${header.maxTableEntries} blocks of ${header.blockSizeBytes} bytes do not cover the disk ` +
      `of ${footer.sizeBytes}`;
    throw corruptImage(file.name, "dynamic header", offsetBytes, reason);
  }
  return header;
}

/**
 * Writes a dynamic header.
 *
 * @returns 1024 new bytes
 * @see VHD 1.0, Dynamic Disk Header Format
 */
export function serializeDynamicHeader(header: DynamicHeader): Uint8Array {
  const bytes = new Uint8Array(DYNAMIC_HEADER_SIZE_BYTES);
  const view = viewOf(bytes);
  bytes.set(Buffer.from(COOKIE, "latin1"), FIELD.cookie);
  view.setBigUint64(FIELD.nextOffset, UNUSED_OFFSET);
  view.setBigUint64(FIELD.tableOffset, BigInt(header.tableOffsetBytes));
  view.setUint32(FIELD.version, VERSION);
  view.setUint32(FIELD.maxTableEntries, header.maxTableEntries);
  view.setUint32(FIELD.blockSize, header.blockSizeBytes);
  return header.parent === undefined ? sealed(bytes) : withParentRecord(bytes, header.parent);
}

/**
 * Records a parent in a dynamic header. Everything else stays as its writer left it.
 *
 * @param bytes of the present header
 * @returns 1024 new bytes
 */
export function withParentRecord(bytes: Uint8Array, parent: ParentRecord): Uint8Array {
  const changed = bytes.slice();
  changed.set(serializeGuidBytes(parent.uniqueId), FIELD.parentUniqueId);
  changed.fill(0, FIELD.parentName, FIELD.locators + LOCATOR_COUNT * LOCATOR_ENTRY_SIZE_BYTES);
  changed.set(encodeUtf16(parent.name, "big-endian"), FIELD.parentName);
  for (const [index, entry] of parent.locators.entries()) {
    changed.set(serializeLocatorEntry(entry), FIELD.locators + index * LOCATOR_ENTRY_SIZE_BYTES);
  }
  return sealed(changed);
}

function sealed(bytes: Uint8Array): Uint8Array {
  sealChecksum(bytes, FIELD.checksum);
  return bytes;
}

function parseDynamicHeader(
  path: string,
  offsetBytes: number,
  bytes: Uint8Array,
  hasParent: boolean,
): DynamicHeader {
  const view = viewOf(bytes);
  assertIntact(path, offsetBytes, bytes);
  const blockSizeBytes = view.getUint32(FIELD.blockSize);
  if (blockSizeBytes < FILE_SECTOR_SIZE_BYTES || !isPowerOfTwo(blockSizeBytes)) {
    const reason =
      `its block size of ${blockSizeBytes} bytes is not a power of two of at least ` +
      `${FILE_SECTOR_SIZE_BYTES}`;
    throw corruptImage(path, "dynamic header", offsetBytes, reason);
  }
  return {
    tableOffsetBytes: Number(view.getBigUint64(FIELD.tableOffset)),
    maxTableEntries: view.getUint32(FIELD.maxTableEntries),
    blockSizeBytes,
    ...(hasParent ? { parent: parseParentRecord(path, offsetBytes, bytes) } : {}),
  };
}

function assertIntact(path: string, offsetBytes: number, bytes: Uint8Array): void {
  if (Buffer.from(bytes.subarray(0, COOKIE.length)).toString("latin1") !== COOKIE) {
    throw corruptImage(path, "dynamic header", offsetBytes, "it does not begin with its cookie");
  }
  const problem = describeChecksumProblem(bytes, FIELD.checksum);
  if (problem !== undefined) {
    throw corruptImage(path, "dynamic header", offsetBytes, problem);
  }
  const version = viewOf(bytes).getUint32(FIELD.version);
  if (version >>> 16 !== VERSION >>> 16) {
    throw unsupportedImage(
      path,
      `the image has version ${version >>> 16} of the dynamic header, not 1`,
    );
  }
}

function parseParentRecord(path: string, offsetBytes: number, bytes: Uint8Array): ParentRecord {
  const uniqueId = parseGuidBytes(bytes, FIELD.parentUniqueId);
  if (uniqueId === ZERO_GUID) {
    throw corruptImage(path, "dynamic header", offsetBytes, "it has no unique id of the parent");
  }
  const entries = Array.from({ length: LOCATOR_COUNT }, (_, index) => {
    const start = FIELD.locators + index * LOCATOR_ENTRY_SIZE_BYTES;
    return parseLocatorEntry(bytes.subarray(start, start + LOCATOR_ENTRY_SIZE_BYTES));
  });
  const name = bytes.subarray(FIELD.parentName, FIELD.locators);
  return {
    uniqueId,
    // Some writers took the order of the locators, which is the other one.
    name: decodeUtf16(name, detectByteOrder(name, "big-endian")),
    locators: entries.filter((entry) => entry.platformCode !== "\0\0\0\0"),
  };
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
