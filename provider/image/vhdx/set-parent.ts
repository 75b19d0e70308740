import { parseGuid } from "../../disk/guid";
import { alignUp, unsupportedImage } from "../bytes";
import type { ParentPlace } from "../driver";
import { noParentToSet, otherParent } from "../parent-errors";
import type { RandomAccessFile } from "../random-access-file";
import type { Patch } from "./log-writer";
import { ITEM_ID } from "./metadata";
import {
  METADATA_TABLE_LENGTH_BYTES,
  type MetadataItem,
  serializeMetadataTable,
} from "./metadata-table";
import { type LocatorEntries, LOCATOR_KEY, serializeLocator } from "./parent-locator";
import { type VhdxStructures, readVhdxStructures } from "./structures";
import { WriteSession } from "./write-session";

/**
 * Records where the parent of a differencing disk is. The content stays as it is, and so does the
 * DataWriteGuid: the disk's own children still accept it. After a power loss the old or the new
 * locator is there, whole.
 *
 * A recorded volume path is dropped, because only the host of the parent knows the new one; keys
 * that this package does not know stay.
 *
 * @param file writable, used by nobody else; it stays open
 * @throws ParentMismatch when the disk was made over another parent, InvalidInput when it has none;
 *   UnsupportedImage when the metadata region has no room left; CorruptImage, IoFailed
 * @see [MS-VHDX] 2.6.2.6.3
 */
export async function setVhdxParent(file: RandomAccessFile, place: ParentPlace): Promise<void> {
  const structures = await readVhdxStructures(file);
  const entries = updateEntries(file, structures, place);
  if (isSameLocator(entries, structures.parent?.entries)) {
    return;
  }
  const patches = placeLocator(file, structures, serializeLocator(entries));
  const session = await WriteSession.begin(file, structures);
  await session.commit(patches, { changesContent: false });
}

function updateEntries(
  file: RandomAccessFile,
  { parent }: VhdxStructures,
  place: ParentPlace,
): LocatorEntries {
  if (parent === undefined) {
    throw noParentToSet(file.name);
  }
  if (!parent.locator.linkageIds.includes(parseGuid(place.linkageId))) {
    throw otherParent(file.name, parent.locator.linkageIds, place);
  }
  const entries = new Map(parent.entries);
  entries.delete(LOCATOR_KEY.volumePath);
  entries.set(LOCATOR_KEY.absolutePath, place.absolutePath);
  if (place.relativePath === undefined) {
    entries.delete(LOCATOR_KEY.relativePath);
  } else {
    entries.set(LOCATOR_KEY.relativePath, place.relativePath);
  }
  return entries;
}

function isSameLocator(entries: LocatorEntries, present: LocatorEntries | undefined): boolean {
  return JSON.stringify([...entries]) === JSON.stringify([...(present ?? [])]);
}

/**
 * Puts the locator where it was, or where the metadata region has room for it; other items stay
 * where they are.
 */
function placeLocator(
  file: RandomAccessFile,
  { regions, metadata }: VhdxStructures,
  locator: Uint8Array,
): Patch[] {
  const isLocator = (item: MetadataItem): boolean =>
    item.id === ITEM_ID.parentLocator && !item.isUser;
  const others = metadata.items.filter((item) => !isLocator(item));
  const present = metadata.items.find(isLocator)?.offsetBytes ?? 0;
  const offsetBytes = findRoom(others, locator.length, present, regions.metadata.lengthBytes);
  if (offsetBytes === undefined) {
    throw unsupportedImage(
      file.name,
      `the metadata region has no room for a parent locator of ${locator.length} bytes`,
    );
  }
  const items = metadata.items.map((item) =>
    isLocator(item) ? { ...item, offsetBytes, lengthBytes: locator.length } : item,
  );
  return [
    { offsetBytes: regions.metadata.offsetBytes, bytes: serializeMetadataTable(items) },
    { offsetBytes: regions.metadata.offsetBytes + offsetBytes, bytes: locator },
  ];
}

/**
 * @returns the preferred offset where the item fits there, else the first one where it does, if
 *   there is one
 */
function findRoom(
  items: readonly MetadataItem[],
  lengthBytes: number,
  preferredOffset: number,
  regionLengthBytes: number,
): number | undefined {
  const isFree = (start: number): boolean =>
    start + lengthBytes <= regionLengthBytes &&
    items.every(
      (item) =>
        start >= item.offsetBytes + item.lengthBytes || start + lengthBytes <= item.offsetBytes,
    );
  const ends = items.map((item) => alignUp(item.offsetBytes + item.lengthBytes, 8));
  const candidates = [METADATA_TABLE_LENGTH_BYTES, ...ends].filter(
    (start) => start >= METADATA_TABLE_LENGTH_BYTES,
  );
  return [preferredOffset, ...candidates.toSorted((left, right) => left - right)].find(isFree);
}
