import { parseGuid } from "../../disk/guid";
import { FILE_SECTOR_SIZE_BYTES, alignUp, readStructure } from "../bytes";
import type { ParentPlace } from "../driver";
import { noParentToSet, otherParent } from "../parent-errors";
import type { RandomAccessFile } from "../random-access-file";
import { DYNAMIC_HEADER_SIZE_BYTES, withParentRecord } from "./dynamic-header";
import { withDynamicHeaderOffset } from "./footer";
import { FOOTER_COPY_OFFSET_BYTES } from "./read-footer";
import {
  type PlacedLocatorData,
  encodeParentPaths,
  endOfSpace,
  placeLocatorData,
  toParentRecord,
  writeLocatorData,
} from "./record-parent";
import { type SparseStructures, type VhdStructures, readStructures } from "./structures";

/** What is added to the file, from its end on. */
interface Addition {
  readonly locators: readonly PlacedLocatorData[];
  /** A second copy of the new dynamic header, in effect while the first one is rewritten. */
  readonly headerOffsetBytes: number;
  readonly footerOffsetBytes: number;
}

/**
 * Records where the parent of a differencing disk is now. Its content is not touched, and the
 * parent stays the same disk.
 *
 * Safe against a power loss at any moment: at each one the file opens and has either the old paths
 * or the new ones. The dynamic header has no copy and takes two sectors, so that rewriting it in
 * place could destroy it. A new one is made durable elsewhere first; then the footer and its copy,
 * a sector each, are pointed at it; only then the old one is rewritten, and both are pointed back
 * at its usual place.
 *
 * Doing so twice is harmless, and the second time changes nothing.
 *
 * @param file of a differencing disk, writable; stays open
 * @param parent with the unique id that the disk already records
 * @throws ParentMismatch when the unique id is another one; InvalidInput when the disk has no
 *   parent, or a name is too long; CorruptImage, UnsupportedImage, IoFailed
 */
export async function setVhdParent(file: RandomAccessFile, parent: ParentPlace): Promise<void> {
  const structures = await readStructures(file);
  const { sparse } = structures;
  if (sparse?.header.parent === undefined) {
    throw noParentToSet(file.name);
  }
  assertSameParent(file.name, sparse.header.parent.uniqueId, parent);
  if (!isRecorded(structures, sparse, parent)) {
    await recordParent(file, structures, sparse, parent);
  }
}

async function recordParent(
  file: RandomAccessFile,
  structures: VhdStructures,
  sparse: SparseStructures,
  parent: ParentPlace,
): Promise<void> {
  const { bytes: footer } = structures.current;
  const addition = await planAddition(file, parent);
  const oldHeader = await readStructure(
    file,
    "dynamic header",
    sparse.headerOffsetBytes,
    DYNAMIC_HEADER_SIZE_BYTES,
  );
  const header = withParentRecord(oldHeader, toParentRecord(parent, addition.locators));

  // The footer will not be at the end of the file for a while: its copy has to be there.
  await file.write(FOOTER_COPY_OFFSET_BYTES, footer);
  await file.flush();

  await writeLocatorData(file, addition.locators);
  await file.write(addition.headerOffsetBytes, header);
  await file.flush();

  await writeFooters(file, addition, withDynamicHeaderOffset(footer, addition.headerOffsetBytes));
  await file.write(sparse.headerOffsetBytes, header);
  await file.flush();
  await writeFooters(file, addition, withDynamicHeaderOffset(footer, sparse.headerOffsetBytes));
}

async function writeFooters(
  file: RandomAccessFile,
  { footerOffsetBytes }: Addition,
  footer: Uint8Array,
): Promise<void> {
  await file.write(footerOffsetBytes, footer);
  await file.write(FOOTER_COPY_OFFSET_BYTES, footer);
  await file.flush();
}

/**
 * Everything goes behind what is there, the present footer included, which becomes unused space.
 */
async function planAddition(file: RandomAccessFile, parent: ParentPlace): Promise<Addition> {
  let end = alignUp(await file.readSize(), FILE_SECTOR_SIZE_BYTES);
  const locators: PlacedLocatorData[] = [];
  for (const data of encodeParentPaths(parent)) {
    const placed = placeLocatorData(data, end, FILE_SECTOR_SIZE_BYTES, FILE_SECTOR_SIZE_BYTES);
    locators.push(placed);
    end = endOfSpace(placed);
  }
  return { locators, headerOffsetBytes: end, footerOffsetBytes: end + DYNAMIC_HEADER_SIZE_BYTES };
}

/**
 * Whether nothing is left to do: exactly these paths are recorded, and no earlier change was cut
 * off.
 */
function isRecorded(
  { current }: VhdStructures,
  { header, parentPaths }: SparseStructures,
  parent: ParentPlace,
): boolean {
  const wanted = [parent.relativePath ?? "", parent.absolutePath].filter((path) => path !== "");
  return (
    current.isMirrored &&
    header.parent?.locators.length === wanted.length &&
    header.parent.name === toParentRecord(parent, []).name &&
    wanted.every((path, index) => path === parentPaths.paths[index]?.path)
  );
}

function assertSameParent(path: string, recordedId: string, parent: ParentPlace): void {
  if (recordedId !== parseGuid(parent.linkageId)) {
    throw otherParent(path, [recordedId], parent);
  }
}
