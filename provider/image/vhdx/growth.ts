import { MIB, alignUp } from "../bytes";
import type { RandomAccessFile } from "../random-access-file";
import {
  BAT_ENTRY_LENGTH_BYTES,
  type BlockAllocationTable,
  type BlockGeometry,
  computeGeometry,
} from "./block-allocation-table";
import type { Region } from "./region-table";
import type { VhdxStructures } from "./structures";

/** How a disk changes when it grows. */
export interface Growth {
  /** The file itself, with its log replayed. */
  readonly file: RandomAccessFile;
  readonly before: BlockAllocationTable;
  readonly after: BlockGeometry;
  /** Where the table will be: where it is, or in new space where it needs more room. */
  readonly region: Region;
  /**
   * Where the blocks of a fixed disk go on; absent for other disks, whose new blocks hold nothing.
   */
  readonly payloadOffset?: number;
  readonly fileSizeBytes: number;
}

/**
 * Decides where everything goes when a disk grows. New space is taken behind the end of the file,
 * where it reads as zeros and nothing refers to it before the change takes effect.
 */
export function planGrowth(
  file: RandomAccessFile,
  structures: VhdxStructures,
  sizeBytes: number,
): Growth {
  const { parameters } = structures.metadata;
  const before = { ...structures.table, file };
  const after = computeGeometry({ ...parameters, sizeBytes });
  const tableLength = after.entryCount * BAT_ENTRY_LENGTH_BYTES;
  const endBytes = alignUp(structures.endBytes, MIB);
  const isMoved = tableLength > before.region.lengthBytes;
  const region = isMoved
    ? { ...before.region, offsetBytes: endBytes, lengthBytes: alignUp(tableLength, MIB) }
    : before.region;
  const payloadOffset = isMoved ? endBytes + region.lengthBytes : endBytes;
  if (!parameters.leavesBlocksAllocated || parameters.hasParent) {
    return { file, before, after, region, fileSizeBytes: payloadOffset };
  }
  const payloadLength = (after.blockCount - before.geometry.blockCount) * after.blockSizeBytes;
  return {
    file,
    before,
    after,
    region,
    payloadOffset,
    fileSizeBytes: payloadOffset + payloadLength,
  };
}

/** Whether the table moves, because its present region is too small. */
export function isTableMoved({ before, region }: Growth): boolean {
  return region !== before.region;
}
