import { KIB, MIB, TIB } from "../bytes";
import type { ParentLocator } from "../disk-image";
import { validateAlone } from "../large-tables";
import { OpeningFile } from "../opening-file";
import type { ReadableFile } from "../random-access-file";
import { validateBlockAllocationTable } from "./bat-validation";
import { type BlockAllocationTable, computeGeometry } from "./block-allocation-table";
import { type FileIdentifier, readFileIdentifier } from "./file-identifier";
import { type CurrentHeader, readCurrentHeader } from "./header";
import { type LogReplay, readLogReplay } from "./log";
import { ITEM_ID, type Metadata, findItem, readMetadata } from "./metadata";
import { METADATA_TABLE_LENGTH_BYTES } from "./metadata-table";
import { type LocatorEntries, interpretLocator, parseLocatorEntries } from "./parent-locator";
import { type Regions, readRegions } from "./region-table";
import { ReplayedFile } from "./replayed-file";
import { SpaceMap } from "./space-map";

/** The map of the space of a larger file takes more than 1 MiB of memory. */
const LARGE_FILE_SIZE_BYTES = 8 * TIB;

/** The table of the metadata, and the items of a disk whose parent has paths of a usual length. */
const USUAL_METADATA_LENGTH_BYTES = METADATA_TABLE_LENGTH_BYTES + 4 * KIB;

/**
 * All structures of a VHDX, read and validated.
 *
 * A file begins with an identifier, two headers, of which one is current, and two copies of a
 * region table. The header says where the log is, the region table where the metadata and the block
 * allocation table are, and the latter where the blocks are. What the log holds is newer than
 * everything but the header, so that it is looked at first.
 *
 * @see [MS-VHDX] 2.1
 */
export interface VhdxStructures {
  readonly identifier: FileIdentifier;
  readonly current: CurrentHeader;
  /** What the log orders; absent when it holds nothing. */
  readonly replay?: LogReplay;
  readonly regions: Regions;
  readonly metadata: Metadata;
  /** Differencing disks only: the locator, and the entries it was read from. */
  readonly parent?: { readonly locator: ParentLocator; readonly entries: LocatorEntries };
  /** With the file as it is after replay. */
  readonly table: BlockAllocationTable;
  /** The first byte behind everything that is allocated, and behind the file. */
  readonly endBytes: number;
}

/**
 * Reads and validates all structures, replaying the log in memory where it must be.
 *
 * @param file is only read; the table goes on reading from it
 * @param opening a view of the file, where a part of it was fetched before
 * @throws CorruptImage, UnsupportedImage, IoFailed
 */
export async function readVhdxStructures(
  file: ReadableFile,
  opening: OpeningFile = new OpeningFile(file),
): Promise<VhdxStructures> {
  const isLarge = (await opening.readSize()) > LARGE_FILE_SIZE_BYTES;
  return isLarge
    ? validateAlone(() => readAndValidate(file, opening))
    : readAndValidate(file, opening);
}

async function readAndValidate(file: ReadableFile, opening: OpeningFile): Promise<VhdxStructures> {
  await opening.fetchHead();
  const identifier = await readFileIdentifier(opening);
  const current = await readCurrentHeader(opening);
  const replay = await readLogReplay(opening, current.header);
  const replayed = replay === undefined ? undefined : new ReplayedFile(opening, replay);
  const view = replayed ?? opening;
  const space = await SpaceMap.of(view);
  space.claim(current.header.logOffsetBytes / MIB, current.header.logLengthBytes / MIB);
  const regions = await readRegions(view, space);
  await opening.fetch(regions.metadata.offsetBytes, USUAL_METADATA_LENGTH_BYTES);
  const metadata = await readMetadata(view, regions.metadata);
  const table = { region: regions.bat, geometry: computeGeometry(metadata.parameters) };
  await validateBlockAllocationTable({ ...table, file: view }, space);
  const parent = readParent(view, regions, metadata);
  return {
    identifier,
    current,
    regions,
    metadata,
    table: { ...table, file: replayed?.over(file) ?? file },
    endBytes: Math.max(space.endBytes, await view.readSize()),
    ...(replay === undefined ? {} : { replay }),
    ...(parent === undefined ? {} : { parent }),
  };
}

function readParent(
  file: ReadableFile,
  regions: Regions,
  metadata: Metadata,
): VhdxStructures["parent"] {
  if (metadata.parentLocator === undefined) {
    return undefined;
  }
  const itemOffset = findItem(metadata.items, ITEM_ID.parentLocator)?.offsetBytes ?? 0;
  const source = { file, offsetBytes: regions.metadata.offsetBytes + itemOffset };
  const read = parseLocatorEntries(metadata.parentLocator, source);
  return { locator: interpretLocator(read, source), entries: read.entries };
}
