import type { DiskType } from "../disk";
import { DISK_FORMATS, type DiskFormat, type FormatFacts, listFormats } from "../formats";
import type { RuleProblem } from "./problem";
import { describeBytes } from "./quantities";

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
  const { name, minSizeBytes, maxSizeBytes } = DISK_FORMATS[format];
  if (sizeBytes % sectorSizeBytes !== 0) {
    return {
      code: "InvalidInput",
      input: "sizeBytes",
      what:
        `${describeBytes(sizeBytes)} is not a multiple of the sector size, ${sectorSizeBytes} ` +
        "bytes",
    };
  }
  if (sizeBytes < minSizeBytes) {
    return {
      code: "OutOfRange",
      input: "sizeBytes",
      what:
        `${describeBytes(sizeBytes)} is below the smallest size of a ` +
        `disk, ${describeBytes(minSizeBytes)}`,
    };
  }
  if (sizeBytes > maxSizeBytes) {
    return {
      code: "OutOfRange",
      input: "sizeBytes",
      what:
        `${describeBytes(sizeBytes)} is above the limit of a ` +
        `${name}, ${describeBytes(maxSizeBytes)}`,
      ...adviseFormat("larger disks", (facts) => facts.maxSizeBytes >= sizeBytes),
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
  const { name, blockSizesBytes, hasBlocksWhenFixed } = DISK_FORMATS[format];
  if (type === "fixed" && !hasBlocksWhenFixed) {
    return invalidBlockSize(`a fixed ${name} has no blocks`, "Leave it out.");
  }
  if (blockSizesBytes.includes(blockSizeBytes)) {
    return undefined;
  }
  if (!Number.isInteger(Math.log2(blockSizeBytes))) {
    return invalidBlockSize(`${blockSizeBytes} is not a power of two`);
  }
  const sizes = blockSizesBytes.map(describeBytes);
  const allowed = sizes.length > 2 ? `${sizes[0]} to ${sizes.at(-1)}` : sizes.join(" or ");
  return invalidBlockSize(
    `a ${name} has blocks of ${allowed}, not ${describeBytes(blockSizeBytes)}`,
  );
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
  const { name, sectorSizesBytes } = DISK_FORMATS[format];
  if (sectorSizesBytes.includes(sectorSizeBytes)) {
    return undefined;
  }
  return {
    code: "InvalidInput",
    input,
    what: `a ${name} has sectors of ${sectorSizesBytes.join(" or ")} bytes, not ${sectorSizeBytes}`,
    ...adviseFormat("larger sectors", (facts) => facts.sectorSizesBytes.includes(sectorSizeBytes)),
  };
}

function invalidBlockSize(what: string, remedy?: string): RuleProblem {
  return {
    code: "InvalidInput",
    input: "blockSizeBytes",
    what,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** Names the first format that allows what another one does not. */
function adviseFormat(
  purpose: string,
  allows: (facts: FormatFacts) => boolean,
): { remedy?: string } {
  const format = listFormats().find((candidate) => allows(DISK_FORMATS[candidate]));
  return format === undefined
    ? {}
    : { remedy: `Use ${DISK_FORMATS[format].extension} for ${purpose}.` };
}
