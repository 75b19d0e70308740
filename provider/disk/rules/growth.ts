import type { VirtualDiskInfo } from "../disk";
import { DISK_FORMATS } from "../formats";
import { type RuleProblem, assertNoProblem } from "./problem";
import { describeBytes } from "./quantities";

/**
 * Checks whether a disk can get another virtual size in place.
 *
 * @param disk as observed or recorded
 * @param sizeBytes the size it is to have; the present one is fine
 * @returns OutOfRange when smaller than the present size; NotSupported where the format does not
 *   grow
 */
export function findGrowthProblem(
  disk: Pick<VirtualDiskInfo, "format" | "sizeBytes">,
  sizeBytes: number,
): RuleProblem | undefined {
  if (sizeBytes < disk.sizeBytes) {
    return {
      code: "OutOfRange",
      input: "sizeBytes",
      what:
        `a disk cannot shrink, from ${describeBytes(disk.sizeBytes)} to ` +
        `${describeBytes(sizeBytes)}: the data at its end would be lost`,
      remedy: `Declare at least ${disk.sizeBytes} bytes.`,
    };
  }
  const { name, canGrow } = DISK_FORMATS[disk.format];
  if (!canGrow && sizeBytes > disk.sizeBytes) {
    return {
      code: "NotSupported",
      input: "sizeBytes",
      what:
        `a ${name} cannot grow in place, from ${describeBytes(disk.sizeBytes)} ` +
        `to ${describeBytes(sizeBytes)}`,
      remedy: "Use VHDX for disks that grow, or convert this one.",
    };
  }
  return undefined;
}

/**
 * Makes sure that a disk can get another virtual size in place.
 *
 * @param disk as observed or recorded
 * @param sizeBytes the size it is to have; the present one is fine
 * @throws OutOfRange when smaller than the present size; NotSupported where the format does not
 *   grow
 */
export function assertCanGrow(
  disk: Pick<VirtualDiskInfo, "path" | "format" | "sizeBytes">,
  sizeBytes: number,
): void {
  assertNoProblem(findGrowthProblem(disk, sizeBytes), disk.path, "Nothing was changed.");
}
