import type { ParentPath } from "../../disk/disk";
import { isDiskError } from "../../disk/errors";
import { isAbsolutePath } from "../../disk/host-path";
import { KIB, corruptImage, readStructure, viewOf } from "../bytes";
import type { ReadableFile } from "../random-access-file";
import { decodeUtf16 } from "./utf16";

/** VHD 1.0, Dynamic Disk Header Format, Parent Locator Entries; all numbers are big-endian. */
const FIELD = {
  platformCode: 0, //  4 bytes, zero where the entry is unused
  //     4 bytes, sectors by the specification, bytes in the files of Windows: written, never read
  dataSpace: 4,
  dataLength: 8, //    4 bytes, the length of the path in bytes
  reserved: 12, //     4 bytes, 0
  dataOffset: 16, //   8 bytes, where the path is in the file
} as const;

/** The length of one entry. */
export const LOCATOR_ENTRY_SIZE_BYTES = 24;

/** More than three times what the longest path of Windows takes; a greater length is damage. */
const MAX_PATH_SIZE_BYTES = 256 * KIB;

/**
 * Platform codes whose data is understood. Not among them are three that the specification
 * deprecates: `Wi2r` and `Wi2k` hold paths in a code page that is not recorded, `Mac ` an alias of
 * Mac OS. They are tolerated and ignored.
 */
export const PLATFORM_CODE = {
  relativeWindows: "W2ru",
  absoluteWindows: "W2ku",
  macUrl: "MacX",
} as const;

/** Where the path of one platform is. */
export interface LocatorEntry {
  readonly platformCode: string;
  /** What is set aside in the file, at least `dataLengthBytes`. */
  readonly dataSpaceBytes: number;
  readonly dataLengthBytes: number;
  readonly dataOffsetBytes: number;
}

/** Reads one entry; it is not yet known to point into the file. */
export function parseLocatorEntry(bytes: Uint8Array): LocatorEntry {
  const view = viewOf(bytes);
  return {
    platformCode: Buffer.from(bytes.subarray(FIELD.platformCode, FIELD.dataSpace)).toString(
      "latin1",
    ),
    dataSpaceBytes: view.getUint32(FIELD.dataSpace),
    dataLengthBytes: view.getUint32(FIELD.dataLength),
    dataOffsetBytes: Number(view.getBigUint64(FIELD.dataOffset)),
  };
}

/** Writes one entry. */
export function serializeLocatorEntry(entry: LocatorEntry): Uint8Array {
  const bytes = new Uint8Array(LOCATOR_ENTRY_SIZE_BYTES);
  const view = viewOf(bytes);
  bytes.set(Buffer.from(entry.platformCode, "latin1"), FIELD.platformCode);
  view.setUint32(FIELD.dataSpace, entry.dataSpaceBytes);
  view.setUint32(FIELD.dataLength, entry.dataLengthBytes);
  view.setBigUint64(FIELD.dataOffset, BigInt(entry.dataOffsetBytes));
  return bytes;
}

/** What a child records of the places of its parent. */
export interface ReadPaths {
  readonly paths: readonly ParentPath[];
  /** What is wrong with entries that were passed over, as clauses. */
  readonly problems: readonly string[];
}

/**
 * The paths under which a child says its parent is, each once: relative ones first, then full ones,
 * then the parent's name from the dynamic header. An entry that cannot be read is passed over.
 *
 * @param entries of the dynamic header
 * @param parentName of the dynamic header: a bare name, a relative path or a full one; may be empty
 * @throws CorruptImage when there is no path at all, with what is wrong with each entry; IoFailed
 * @see VHD 1.0, Dynamic Disk Header Format
 */
export async function readParentPaths(
  file: ReadableFile,
  headerOffsetBytes: number,
  entries: readonly LocatorEntry[],
  parentName: string,
): Promise<ReadPaths> {
  const located: ParentPath[] = [];
  const problems: string[] = [];
  for (const entry of entries) {
    try {
      const path = await readPath(file, headerOffsetBytes, entry);
      if (path !== "") {
        located.push(toParentPath(path));
      }
    } catch (error) {
      if (!isDiskError(error, "CorruptImage")) {
        throw error;
      }
      // Another entry, or the parent's name, may lead to the parent all the same.
      problems.push(error.details.what);
    }
  }
  const named = parentName === "" ? [] : [toParentPath(parentName)];
  const isRelative = (path: ParentPath): boolean => path.kind === "relative";
  const paths = [
    ...located.filter(isRelative),
    ...located.filter((path) => !isRelative(path)),
    ...named,
  ];
  if (paths.length === 0) {
    const reasons = ["it has no path of the parent", ...problems].join("; ");
    throw corruptImage(file.name, "dynamic header", headerOffsetBytes, reasons);
  }
  const isFirst = (path: ParentPath, index: number): boolean =>
    paths.findIndex((other) => isEqual(path, other)) === index;
  return { paths: paths.filter(isFirst), problems };
}

/** The path of one entry; empty where its platform is none that is understood. */
async function readPath(
  file: ReadableFile,
  headerOffsetBytes: number,
  entry: LocatorEntry,
): Promise<string> {
  const { platformCode, dataLengthBytes, dataOffsetBytes } = entry;
  if (!(Object.values(PLATFORM_CODE) as string[]).includes(platformCode)) {
    return "";
  }
  if (
    dataLengthBytes > MAX_PATH_SIZE_BYTES ||
    dataOffsetBytes + dataLengthBytes > (await file.readSize())
  ) {
    const reason =
      `its ${platformCode} locator of ${dataLengthBytes} bytes at ${dataOffsetBytes} is outside ` +
      "the file or is too long for a path";
    throw corruptImage(file.name, "dynamic header", headerOffsetBytes, reason);
  }
  const bytes = await readStructure(file, "parent locator", dataOffsetBytes, dataLengthBytes);
  return platformCode === PLATFORM_CODE.macUrl
    ? decodeFileUrl(bytes)
    : decodeUtf16(bytes, "little-endian");
}

/**
 * `file://localhost/a/p.vhd` and `file:///a/p.vhd` are full paths; `file://./p.vhd`, as XenServer
 * writes it, a relative one.
 */
function decodeFileUrl(bytes: Uint8Array): string {
  const url = Buffer.from(bytes).toString("utf8").replace(/\0.*$/s, "");
  const path = url.replace(/^file:\/\/(?:localhost(?=\/))?/i, "");
  try {
    return decodeURIComponent(path);
  } catch {
    // A lone percent sign: the writer did not encode the path.
    return path;
  }
}

/**
 * The text decides, not the platform code: there are full paths under the code of relative ones,
 * and the reverse.
 */
function toParentPath(path: string): ParentPath {
  if (/^\\\\\?\\Volume\{/i.test(path)) {
    return { kind: "volume", path };
  }
  return {
    kind: isAbsolutePath("win32", path) || isAbsolutePath("posix", path) ? "absolute" : "relative",
    path,
  };
}

function isEqual(left: ParentPath, right: ParentPath): boolean {
  return left.kind === right.kind && left.path === right.path;
}
