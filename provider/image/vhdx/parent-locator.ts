import type { ParentPath } from "../../disk/disk";
import { DiskError } from "../../disk/errors";
import {
  ZERO_GUID,
  parseGuid,
  parseGuidBytes,
  serializeGuidBytes,
  tryParseGuid,
} from "../../disk/guid";
import { corruptImage, unsupportedImage, viewOf } from "../bytes";
import type { ParentLocator } from "../disk-image";
import type { ReadableFile } from "../random-access-file";

/** [MS-VHDX] 2.6.2.6.1 */
const HEADER_FIELD = {
  type: 0, //   16 bytes, LOCATOR_TYPE
  count: 18, // 2 bytes
  entries: 20, // 12 bytes each
} as const;

/** [MS-VHDX] 2.6.2.6.2; offsets are counted from the beginning of the item, lengths in bytes. */
const ENTRY_FIELD = {
  keyOffset: 0, //    4 bytes
  valueOffset: 4, //  4 bytes
  keyLength: 8, //    2 bytes
  valueLength: 10, // 2 bytes
} as const;

const ENTRY_LENGTH_BYTES = 12;
const MAX_TEXT_LENGTH_BYTES = 0xffff;

/** [MS-VHDX] 2.6.2.6.3: the parent is a VHDX. */
const LOCATOR_TYPE = "b04aefb7-d19e-4a81-b789-25b8e9445913";

/** [MS-VHDX] 2.6.2.6.3; compared with regard to case. */
export const LOCATOR_KEY = {
  linkage: "parent_linkage",
  absolutePath: "absolute_win32_path",
  relativePath: "relative_path",
  volumePath: "volume_path",
  secondLinkage: "parent_linkage2",
} as const;

/** The order in which to look for the parent ([MS-VHDX] 2.6.2.6.3). */
const RESOLUTION_ORDER: readonly (readonly [ParentPath["kind"], string])[] = [
  ["relative", LOCATOR_KEY.relativePath],
  ["volume", LOCATOR_KEY.volumePath],
  ["absolute", LOCATOR_KEY.absolutePath],
];

/** The keys and values of a locator, in its order. */
export type LocatorEntries = ReadonlyMap<string, string>;

/** What a locator says, and what of it cannot be read. */
export interface ReadLocator {
  readonly entries: LocatorEntries;
  /** What is wrong with entries that were passed over, as clauses. */
  readonly problems: readonly string[];
}

/** Where a file's locator is, for messages. */
interface LocatorSource {
  readonly file: ReadableFile;
  readonly offsetBytes: number;
}

/**
 * Reads the keys and values of a parent locator. An entry that cannot be read is passed over:
 * another one may lead to the parent all the same.
 *
 * @param bytes the whole metadata item
 * @param source where it was found
 * @throws CorruptImage; UnsupportedImage when the parent is something else than a VHDX
 * @see [MS-VHDX] 2.6.2.6
 */
export function parseLocatorEntries(bytes: Uint8Array, source: LocatorSource): ReadLocator {
  if (bytes.length < HEADER_FIELD.entries) {
    throw corruptLocator(source, `it has only ${bytes.length} bytes`);
  }
  const type = parseGuidBytes(bytes, HEADER_FIELD.type);
  if (type !== LOCATOR_TYPE) {
    throw unsupportedImage(
      source.file.name,
      `the parent locator has type ${type}, which this package does not support`,
    );
  }
  const count = viewOf(bytes).getUint16(HEADER_FIELD.count, true);
  if (HEADER_FIELD.entries + count * ENTRY_LENGTH_BYTES > bytes.length) {
    throw corruptLocator(source, `it counts ${count} entries in ${bytes.length} bytes`);
  }
  const entries = new Map<string, string>();
  const problems: string[] = [];
  let textLengthBytes = 0;
  for (let index = 0; index < count; index += 1) {
    const { key, value, problem } = parseEntry(bytes, index);
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    if (entries.has(key)) {
      throw corruptLocator(source, `the key ${JSON.stringify(key)} occurs twice`);
    }
    entries.set(key, value);
    textLengthBytes += (key.length + value.length) * 2;
    // Texts that overlap could name a small item many thousand times over, in any amount of memory.
    if (textLengthBytes > bytes.length) {
      throw corruptLocator(source, `its ${count} entries are longer than the item`);
    }
  }
  return { entries, problems };
}

/**
 * Tells what the entries of a locator say about the parent. Keys this package does not know are
 * left out.
 *
 * @param source where it was found
 * @throws CorruptImage when they name no identity or no path of the parent
 * @see [MS-VHDX] 2.6.2.6.3
 */
export function interpretLocator(
  { entries, problems }: ReadLocator,
  source: LocatorSource,
): ParentLocator {
  const linkageIds: string[] = [];
  for (const key of [LOCATOR_KEY.linkage, LOCATOR_KEY.secondLinkage]) {
    const id = parseLinkage(entries.get(key), key, source);
    if (id !== ZERO_GUID && !linkageIds.includes(id)) {
      linkageIds.push(id);
    }
  }
  if (linkageIds.length === 0) {
    const reason = "it does not identify the parent (no parent_linkage)";
    throw corruptLocator(source, [reason, ...problems].join("; "));
  }
  const paths = RESOLUTION_ORDER.flatMap(([kind, key]): ParentPath[] => {
    const path = entries.get(key);
    return path === undefined || path === "" ? [] : [{ kind, path }];
  });
  if (paths.length === 0) {
    const reason = "it has no path of the parent";
    throw corruptLocator(source, [reason, ...problems].join("; "));
  }
  return { linkageIds, paths, problems };
}

/**
 * Writes a parent locator as Windows lays it out: each value behind its key, in the order given.
 *
 * @returns the whole metadata item
 * @throws InvalidInput for a text of more than 32,767 characters
 * @see [MS-VHDX] 2.6.2.6
 */
export function serializeLocator(entries: LocatorEntries): Uint8Array {
  const header = Buffer.alloc(HEADER_FIELD.entries + entries.size * ENTRY_LENGTH_BYTES);
  header.set(serializeGuidBytes(LOCATOR_TYPE), HEADER_FIELD.type);
  header.writeUInt16LE(entries.size, HEADER_FIELD.count);
  const parts: Buffer[] = [header];
  let textOffset = header.length;
  for (const [index, [key, value]] of [...entries].entries()) {
    const at = HEADER_FIELD.entries + index * ENTRY_LENGTH_BYTES;
    const keyBytes = serializeText(key);
    const valueBytes = serializeText(value);
    header.writeUInt32LE(textOffset, at + ENTRY_FIELD.keyOffset);
    header.writeUInt32LE(textOffset + keyBytes.length, at + ENTRY_FIELD.valueOffset);
    header.writeUInt16LE(keyBytes.length, at + ENTRY_FIELD.keyLength);
    header.writeUInt16LE(valueBytes.length, at + ENTRY_FIELD.valueLength);
    parts.push(keyBytes, valueBytes);
    textOffset += keyBytes.length + valueBytes.length;
  }
  return Buffer.concat(parts);
}

function serializeText(text: string): Buffer {
  const bytes = Buffer.from(text, "utf16le");
  if (bytes.length > MAX_TEXT_LENGTH_BYTES) {
    throw new DiskError("InvalidInput", {
      what: `a string of ${text.length} characters is too long for a parent locator`,
      subject: `${text.slice(0, 80)}…`,
      remedy: "Use paths of at most 32,767 characters.",
    });
  }
  return bytes;
}

/** A GUID as locators hold it: lowercase, in braces. */
export function formatLinkage(id: string): string {
  return `{${parseGuid(id)}}`;
}

type ParsedEntry =
  | { readonly key: string; readonly value: string; readonly problem?: undefined }
  | { readonly problem: string; readonly key?: undefined; readonly value?: undefined };

function parseEntry(bytes: Uint8Array, index: number): ParsedEntry {
  const view = viewOf(bytes);
  const at = HEADER_FIELD.entries + index * ENTRY_LENGTH_BYTES;
  const [keyOffset, valueOffset] = [ENTRY_FIELD.keyOffset, ENTRY_FIELD.valueOffset].map((field) =>
    view.getUint32(at + field, true),
  ) as [number, number];
  const [keyLength, valueLength] = [ENTRY_FIELD.keyLength, ENTRY_FIELD.valueLength].map((field) =>
    view.getUint16(at + field, true),
  ) as [number, number];
  const key = readText(bytes, keyOffset, keyLength);
  const value = readText(bytes, valueOffset, valueLength);
  const name = `entry ${index} of its locator`;
  const describe = (offset: number, length: number): string =>
    `points to ${length} bytes at ${offset} of ${bytes.length}`;
  if (key === undefined || key === "") {
    return { problem: `the key of ${name} ${describe(keyOffset, keyLength)}` };
  }
  if (value === undefined) {
    return { problem: `${name}, ${JSON.stringify(key)}, ${describe(valueOffset, valueLength)}` };
  }
  return { key, value };
}

/**
 * The specification forbids a NUL at the end; where one was written all the same, it is no part of
 * a path.
 *
 * @returns `undefined` for what is no text inside the item
 */
function readText(bytes: Uint8Array, offset: number, length: number): string | undefined {
  return offset + length > bytes.length || length % 2 !== 0
    ? undefined
    : Buffer.from(bytes.buffer, bytes.byteOffset + offset, length)
        .toString("utf16le")
        .replace(/\0+$/, "");
}

function parseLinkage(text: string | undefined, key: string, source: LocatorSource): string {
  const id = text === undefined ? ZERO_GUID : tryParseGuid(text);
  if (id === undefined) {
    throw corruptLocator(source, `${key} is ${JSON.stringify(text)}, not a GUID`);
  }
  return id;
}

function corruptLocator(source: LocatorSource, reason: string): Error {
  return corruptImage(source.file.name, "parent locator", source.offsetBytes, reason);
}
