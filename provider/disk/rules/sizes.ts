import type { DiskFormat, DiskType } from "../disk";
import type { RuleProblem } from "./problem";
import { describeBytes } from "./quantities";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

/** What one format allows. */
interface FormatLimits {
  readonly name: string;
  /** Windows makes no smaller disk of either format. */
  readonly minSizeBytes: number;
  /** [MS-VHDX] 2.6.2.2 for VHDX; Windows for VHD, whose footer could hold more. */
  readonly maxSizeBytes: number;
  /** From the smallest to the largest; every power of two between them is allowed, but for a VHD. */
  readonly blockSizesBytes: readonly number[];
  readonly sectorSizesBytes: readonly number[];
}

const LIMITS: Readonly<Record<DiskFormat, FormatLimits>> = {
  vhd: {
    name: "VHD",
    minSizeBytes: 3 * MIB,
    maxSizeBytes: 2040 * GIB,
    blockSizesBytes: [512 * KIB, 2 * MIB],
    sectorSizesBytes: [512],
  },
  vhdx: {
    name: "VHDX",
    minSizeBytes: 3 * MIB,
    maxSizeBytes: 64 * TIB,
    blockSizesBytes: [1, 2, 4, 8, 16, 32, 64, 128, 256].map((mebibytes) => mebibytes * MIB),
    sectorSizesBytes: [512, 4096],
  },
};

/**
 * Checks a virtual size.
 *
 * @param sectorSizeBytes of which the size must be a multiple
 * @returns InvalidInput (not in whole sectors), OutOfRange (outside the limits of the format)
 */
export function findSizeProblem(
  format: DiskFormat,
  sizeBytes: number,
  sectorSizeBytes: number,
): RuleProblem | undefined {
  const { name, minSizeBytes, maxSizeBytes } = LIMITS[format];
  if (sizeBytes % sectorSizeBytes !== 0) {
    return {
      code: "InvalidInput",
      input: "sizeBytes",
      what: `${describeBytes(sizeBytes)} is not a multiple of the sector size, ${sectorSizeBytes} bytes`,
    };
  }
  if (sizeBytes < minSizeBytes) {
    return {
      code: "OutOfRange",
      input: "sizeBytes",
      what: `${describeBytes(sizeBytes)} is below the smallest size of a disk, ${describeBytes(minSizeBytes)}`,
    };
  }
  if (sizeBytes > maxSizeBytes) {
    return {
      code: "OutOfRange",
      input: "sizeBytes",
      what: `${describeBytes(sizeBytes)} is above the limit of a ${name}, ${describeBytes(maxSizeBytes)}`,
      ...(maxSizeBytes < LIMITS.vhdx.maxSizeBytes ? { remedy: "Use .vhdx for larger disks." } : {}),
    };
  }
  return undefined;
}

/**
 * Checks the unit of allocation.
 *
 * @param type where it is known
 * @returns InvalidInput
 */
export function findBlockSizeProblem(
  format: DiskFormat,
  blockSizeBytes: number,
  type?: DiskType,
): RuleProblem | undefined {
  const { name, blockSizesBytes } = LIMITS[format];
  if (format === "vhd" && type === "fixed") {
    return invalidBlockSize("a fixed VHD has no blocks", "Leave it out.");
  }
  if (blockSizesBytes.includes(blockSizeBytes)) {
    return undefined;
  }
  if (!Number.isInteger(Math.log2(blockSizeBytes))) {
    return invalidBlockSize(`${blockSizeBytes} is not a power of two`);
  }
  const sizes = blockSizesBytes.map(describeBytes);
  const allowed = sizes.length > 2 ? `${sizes[0]} to ${sizes.at(-1)}` : sizes.join(" or ");
  return invalidBlockSize(`a ${name} has blocks of ${allowed}, not ${describeBytes(blockSizeBytes)}`);
}

/**
 * Checks the size of a logical or physical sector.
 *
 * @returns InvalidInput
 */
export function findSectorSizeProblem(
  format: DiskFormat,
  input: "logicalSectorSizeBytes" | "physicalSectorSizeBytes",
  sectorSizeBytes: number,
): RuleProblem | undefined {
  const { name, sectorSizesBytes } = LIMITS[format];
  if (sectorSizesBytes.includes(sectorSizeBytes)) {
    return undefined;
  }
  return {
    code: "InvalidInput",
    input,
    what: `a ${name} has sectors of ${sectorSizesBytes.join(" or ")} bytes, not ${sectorSizeBytes}`,
    ...(LIMITS.vhdx.sectorSizesBytes.includes(sectorSizeBytes) ? { remedy: "Use .vhdx for larger sectors." } : {}),
  };
}

function invalidBlockSize(what: string, remedy?: string): RuleProblem {
  return { code: "InvalidInput", input: "blockSizeBytes", what, ...(remedy === undefined ? {} : { remedy }) };
}
