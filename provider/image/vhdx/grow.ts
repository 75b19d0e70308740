import { DiskError } from "../../disk/errors";
import { KIB, isAllZero, readStructure } from "../bytes";
import type { RandomAccessFile } from "../random-access-file";
import {
  type BlockAllocationTable,
  PayloadState,
  SECTOR_BITMAP_LENGTH_BYTES,
  SectorBitmapState,
  payloadEntryIndex,
  readBatEntry,
  sectorBitmapEntryIndex,
} from "./block-allocation-table";
import { growTable } from "./grow-table";
import { planGrowth } from "./growth";
import { LOG_SECTOR_BYTES } from "./log-entry";
import type { Patch } from "./log-writer";
import {
  type DiskParameters,
  ITEM_ID,
  MAX_DISK_SIZE_BYTES,
  findItem,
  serializeSize,
} from "./metadata";
import { markSectors } from "./sector-bitmap";
import { type VhdxStructures, readVhdxStructures } from "./structures";
import { WriteSession, writeZeros } from "./write-session";

const PIECE_LENGTH_BYTES = 256 * KIB;

/**
 * Enlarges the virtual size of a disk in place. What is new reads as zeros, or from the parent
 * where that is as large. The change takes effect as a whole: after a power loss the disk has the
 * old size and content, or the new size.
 *
 * The DataWriteGuid changes, so that children of the disk do not accept it as their parent any
 * more.
 *
 * @param file writable, used by nobody else; it stays open
 * @param sizeBytes a multiple of the logical sector size; the present size changes nothing
 * @throws OutOfRange when smaller than the present size or more than 64 TiB; InvalidInput when not
 *   a multiple of the sector size; CorruptImage, UnsupportedImage, IoFailed
 * @see [MS-VHDX] 2.6.2.2
 */
export async function growVhdx(file: RandomAccessFile, sizeBytes: number): Promise<void> {
  const structures = await readVhdxStructures(file);
  const { parameters } = structures.metadata;
  assertGrowable(file, parameters, sizeBytes);
  if (sizeBytes === parameters.sizeBytes) {
    return;
  }
  const session = await WriteSession.begin(file, structures);
  const growth = planGrowth(file, structures, sizeBytes);
  await file.resize(growth.fileSizeBytes);
  await clearPayloadBehindEnd(file, growth.before);
  const patches = [
    patchSize(structures, sizeBytes),
    ...(await clearBitsBehindEnd(file, growth.before)),
    ...(await growTable(growth, structures.regions)),
  ];
  await session.commit(patches, { changesContent: true });
}

function assertGrowable(
  file: RandomAccessFile,
  parameters: DiskParameters,
  sizeBytes: number,
): void {
  const facts = { sizeBytes, "current size": parameters.sizeBytes };
  if (sizeBytes < parameters.sizeBytes || sizeBytes > MAX_DISK_SIZE_BYTES) {
    throw new DiskError("OutOfRange", {
      what: "a VHDX can only grow, to at most 64 TiB",
      subject: file.name,
      facts,
      remedy:
        `Nothing was changed. Choose a size between ${parameters.sizeBytes} and ` +
        `${MAX_DISK_SIZE_BYTES} bytes.`,
    });
  }
  if (!Number.isInteger(sizeBytes) || sizeBytes % parameters.logicalSectorSizeBytes !== 0) {
    throw new DiskError("InvalidInput", {
      what: "the size of a disk must be a whole number of sectors",
      subject: file.name,
      facts: { ...facts, "sector size": parameters.logicalSectorSizeBytes },
      remedy:
        "Nothing was changed. " +
        `Choose a multiple of ${parameters.logicalSectorSizeBytes} bytes.`,
    });
  }
}

function patchSize({ regions, metadata }: VhdxStructures, sizeBytes: number): Patch {
  const itemOffset = findItem(metadata.items, ITEM_ID.sizeBytes)?.offsetBytes ?? 0;
  return {
    offsetBytes: regions.metadata.offsetBytes + itemOffset,
    bytes: serializeSize(sizeBytes),
  };
}

/**
 * What is in the last block behind the end of the disk is visible to nobody, until the disk grows
 * over it.
 */
async function clearPayloadBehindEnd(
  file: RandomAccessFile,
  table: BlockAllocationTable,
): Promise<void> {
  const { geometry } = table;
  const lastBlock = geometry.blockCount - 1;
  const usedBytes = geometry.sizeBytes - lastBlock * geometry.blockSizeBytes;
  const entry = await readBatEntry(table, payloadEntryIndex(geometry, lastBlock));
  if (entry.state === PayloadState.fullyPresent) {
    await clearRange(
      file,
      entry.offsetBytes + usedBytes,
      entry.offsetBytes + geometry.blockSizeBytes,
    );
  }
}

/**
 * Clears the bits of sectors behind the end of the disk, which Windows leaves set: they would turn
 * up stale bytes of this file where the parent or zeros belong.
 *
 * @returns the one sector of the bitmap that has bits on both sides of the end
 */
async function clearBitsBehindEnd(
  file: RandomAccessFile,
  table: BlockAllocationTable,
): Promise<Patch[]> {
  const { geometry } = table;
  if (!geometry.isDifferencing) {
    return [];
  }
  const lastChunk = geometry.chunkCount - 1;
  const entry = await readBatEntry(table, sectorBitmapEntryIndex(geometry, lastChunk));
  const chunkStart = lastChunk * geometry.chunkRatio * geometry.blockSizeBytes;
  const sectorCount = (geometry.sizeBytes - chunkStart) / geometry.sectorSizeBytes;
  const bitsInPiece = LOG_SECTOR_BYTES * 8;
  const pieceOffset = Math.floor(sectorCount / bitsInPiece) * LOG_SECTOR_BYTES;
  if (entry.state !== SectorBitmapState.present || pieceOffset >= SECTOR_BITMAP_LENGTH_BYTES) {
    return [];
  }
  const offsetBytes = entry.offsetBytes + pieceOffset;
  await clearRange(
    file,
    offsetBytes + LOG_SECTOR_BYTES,
    entry.offsetBytes + SECTOR_BITMAP_LENGTH_BYTES,
  );
  const bytes = await readStructure(file, "sector bitmap", offsetBytes, LOG_SECTOR_BYTES);
  markSectors(bytes, sectorCount % bitsInPiece, bitsInPiece, false);
  return [{ offsetBytes, bytes }];
}

/** Makes bytes zero, without writing where they are: a sparse file stays sparse. */
async function clearRange(
  file: RandomAccessFile,
  startBytes: number,
  endBytes: number,
): Promise<void> {
  const piece = new Uint8Array(PIECE_LENGTH_BYTES);
  for (let at = startBytes; at < endBytes; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, endBytes - at));
    const count = await file.read(at, part);
    if (!isAllZero(part.subarray(0, count))) {
      await writeZeros(file, at, part.length);
    }
  }
}
