import type { VirtualDiskInfo } from "../../disk/disk";

const MIB = 1024 * 1024;
const BAT_ENTRY_LENGTH_BYTES = 8;

/** Sectors whose state one sector bitmap block keeps: one bit each in 1 MiB. */
const SECTORS_PER_CHUNK = 8 * MIB;

/**
 * How many bytes of content an image holds, as far as the size of its file shows: a host says no
 * more. A disk that was never written to holds none; for others the number is an upper bound.
 *
 * @see [MS-VHDX] 2.1, 2.5; VHD 1.0, Dynamic Disk Header Format
 */
export function estimateData(disk: VirtualDiskInfo): number {
  if (disk.type === "fixed") {
    return disk.fileSizeBytes;
  }
  return EMPTY_CHECKS[disk.format](disk) ? 0 : disk.fileSizeBytes;
}

/** Whether no block can be allocated in a file of this size. */
const EMPTY_CHECKS: Readonly<
  Record<VirtualDiskInfo["format"], (disk: VirtualDiskInfo) => boolean>
> = {
  vhd: ({ fileSizeBytes, blockSizeBytes }) => fileSizeBytes < blockSizeBytes,
  vhdx(disk) {
    // Header section, log and metadata take 1 MiB each; each block takes 1 MiB or more behind the
    // table.
    return disk.fileSizeBytes <= 3 * MIB + tableSizeOf(disk);
  },
};

/** The table of a VHDX, rounded up to whole MiB. */
function tableSizeOf({
  type,
  sizeBytes,
  blockSizeBytes,
  logicalSectorSizeBytes,
}: VirtualDiskInfo): number {
  const blockCount = Math.ceil(sizeBytes / blockSizeBytes);
  const blocksPerChunk = (SECTORS_PER_CHUNK * logicalSectorSizeBytes) / blockSizeBytes;
  const entryCount =
    type === "differencing"
      ? Math.ceil(blockCount / blocksPerChunk) * (blocksPerChunk + 1)
      : blockCount + Math.floor((blockCount - 1) / blocksPerChunk);
  return Math.ceil((entryCount * BAT_ENTRY_LENGTH_BYTES) / MIB) * MIB;
}
