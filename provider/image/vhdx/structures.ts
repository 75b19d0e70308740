import { MIB, TIB } from "../bytes";
import type { ParentLocator } from "../disk-image";
import { validateAlone } from "../large-tables";
import type { RandomAccessFile } from "../random-access-file";
import { validateBlockAllocationTable } from "./bat-validation";
import { type BlockAllocationTable, computeGeometry } from "./block-allocation-table";
import { type FileIdentifier, readFileIdentifier } from "./file-identifier";
import { type CurrentHeader, readCurrentHeader } from "./header";
import { type LogReplay, readLogReplay } from "./log";
import { ITEM_ID, type Metadata, findItem, readMetadata } from "./metadata";
import { type LocatorEntries, interpretLocator, parseLocatorEntries } from "./parent-locator";
import { type Regions, readRegions } from "./region-table";
import { ReplayedFile } from "./replayed-file";
import { SpaceMap } from "./space-map";

/** The map of the space of a larger file takes more than 1 MiB of memory. */
const LARGE_FILE_SIZE_BYTES = 8 * TIB;

/**
 * All structures of a VHDX, read and validated.
 *
 * A file begins with an identifier, two headers, of which one is current, and two copies of a region table. The header
 * tells where the log lies, the region table where the metadata and the block allocation table lie, and the latter where
 * the blocks are. What the log holds is newer than everything but the header, so that it is looked at first.
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
 * @param file is only read
 * @throws CorruptImage, UnsupportedImage, IoFailed
 */
export async function readVhdxStructures(file: RandomAccessFile): Promise<VhdxStructures> {
  const isLarge = (await file.readSize()) > LARGE_FILE_SIZE_BYTES;
  return isLarge ? validateAlone(() => readAndValidate(file)) : readAndValidate(file);
}

async function readAndValidate(file: RandomAccessFile): Promise<VhdxStructures> {
  const identifier = await readFileIdentifier(file);
  const current = await readCurrentHeader(file);
  const replay = await readLogReplay(file, current.header);
  const replayed = replay === undefined ? file : new ReplayedFile(file, replay);
  const space = await SpaceMap.of(replayed);
  space.claim(current.header.logOffsetBytes / MIB, current.header.logLengthBytes / MIB);
  const regions = await readRegions(replayed, space);
  const metadata = await readMetadata(replayed, regions.metadata);
  const table = { file: replayed, region: regions.bat, geometry: computeGeometry(metadata.parameters) };
  await validateBlockAllocationTable(table, space);
  const parent = readParent(replayed, regions, metadata);
  return {
    identifier,
    current,
    regions,
    metadata,
    table,
    endBytes: Math.max(space.endBytes, await replayed.readSize()),
    ...(replay === undefined ? {} : { replay }),
    ...(parent === undefined ? {} : { parent }),
  };
}

function readParent(file: RandomAccessFile, regions: Regions, metadata: Metadata): VhdxStructures["parent"] {
  if (metadata.parentLocator === undefined) {
    return undefined;
  }
  const itemOffset = findItem(metadata.items, ITEM_ID.parentLocator)?.offsetBytes ?? 0;
  const source = { file, offsetBytes: regions.metadata.offsetBytes + itemOffset };
  const entries = parseLocatorEntries(metadata.parentLocator, source);
  return { locator: interpretLocator(entries, source), entries };
}
