import { DiskError } from "../../disk/errors";
import { fileNameOf } from "../../disk/host-path";
import { alignUp } from "../bytes";
import type { ParentPlace } from "../driver";
import type { RandomAccessFile } from "../random-access-file";
import { MAX_PARENT_NAME_LENGTH, type ParentRecord } from "./dynamic-header";
import { PLATFORM_CODE } from "./parent-locator";
import { encodeUtf16 } from "./utf16";

/** A path in the form in which a locator points at it. */
export interface LocatorData {
  readonly platformCode: string;
  readonly bytes: Uint8Array;
}

/** Locator data and its place in the file. */
export interface PlacedLocatorData extends LocatorData {
  readonly offsetBytes: number;
  /** What is set aside for it. */
  readonly spaceBytes: number;
}

/**
 * The paths of a parent as locator data, in the order of Windows: the full path, then the relative
 * one, both in UTF-16 little-endian without NUL.
 */
export function encodeParentPaths(parent: ParentPlace): LocatorData[] {
  const absolute = { platformCode: PLATFORM_CODE.absoluteWindows, path: parent.absolutePath };
  const relative = { platformCode: PLATFORM_CODE.relativeWindows, path: parent.relativePath ?? "" };
  return [absolute, relative]
    .filter(({ path }) => path !== "")
    .map(({ platformCode, path }) => ({ platformCode, bytes: encodeUtf16(path, "little-endian") }));
}

/**
 * Gives locator data a place.
 *
 * @param spaceBytes at least so much is set aside
 * @param alignmentBytes what is set aside is a multiple of it
 */
export function placeLocatorData(
  data: LocatorData,
  offsetBytes: number,
  spaceBytes: number,
  alignmentBytes: number,
): PlacedLocatorData {
  return {
    ...data,
    offsetBytes,
    spaceBytes: alignUp(Math.max(spaceBytes, data.bytes.length), alignmentBytes),
  };
}

/** The first byte behind what is set aside. */
export function endOfSpace(data: PlacedLocatorData): number {
  return data.offsetBytes + data.spaceBytes;
}

/** Writes locator data to its place. What is left of its space stays as it is. */
export async function writeLocatorData(
  file: RandomAccessFile,
  placed: readonly PlacedLocatorData[],
): Promise<void> {
  for (const { offsetBytes, bytes } of placed) {
    await file.write(offsetBytes, bytes);
  }
}

/**
 * What the dynamic header records of a parent.
 *
 * @throws InvalidInput when the parent's name does not fit
 */
export function toParentRecord(
  parent: ParentPlace,
  placed: readonly PlacedLocatorData[],
): ParentRecord {
  return {
    uniqueId: parent.linkageId,
    name: toParentName(parent.absolutePath),
    locators: placed.map(({ platformCode, bytes, offsetBytes, spaceBytes }) => ({
      platformCode,
      dataSpaceBytes: spaceBytes,
      dataLengthBytes: bytes.length,
      dataOffsetBytes: offsetBytes,
    })),
  };
}

/**
 * The full path, as Windows writes it, or where that is too long the bare name, as others do; never
 * a part of a path.
 */
function toParentName(absolutePath: string): string {
  const name =
    absolutePath.length <= MAX_PARENT_NAME_LENGTH ? absolutePath : fileNameOf(absolutePath);
  if (name === "" || name.length > MAX_PARENT_NAME_LENGTH) {
    throw new DiskError("InvalidInput", {
      what: `the file name of a parent must have 1 to ${MAX_PARENT_NAME_LENGTH} characters`,
      subject: absolutePath,
      facts: { characters: name.length },
      remedy: "Give the parent a shorter file name.",
    });
  }
  return name;
}
