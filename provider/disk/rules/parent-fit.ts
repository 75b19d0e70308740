import type { CreateDifferencingRequest } from "../backend";
import type { DiskFormat, VirtualDiskInfo } from "../disk";
import { DISK_FORMATS } from "../formats";
import { type RuleProblem, assertNoProblem } from "./problem";
import { describeBytes } from "./quantities";

/**
 * Checks that a child and its parent have the same format.
 *
 * @returns ParentMismatch
 */
export function findFormatProblem(
  childFormat: DiskFormat,
  parentFormat: DiskFormat,
): RuleProblem | undefined {
  if (childFormat === parentFormat) {
    return undefined;
  }
  return {
    code: "ParentMismatch",
    input: "parentPath",
    what:
      `the parent is a ${DISK_FORMATS[parentFormat].name} and its child is a ` +
      `${DISK_FORMATS[childFormat].name}, but both must have the same format`,
    remedy: `Give the child the extension ${DISK_FORMATS[parentFormat].extension}.`,
  };
}

/**
 * Checks the size that a differencing disk is to have over its parent.
 *
 * @returns OutOfRange (smaller than the parent, or not in whole sectors), NotSupported (a VHD
 *   larger than its parent)
 */
export function findChildSizeProblem(
  sizeBytes: number,
  parent: Pick<VirtualDiskInfo, "format" | "sizeBytes" | "logicalSectorSizeBytes">,
): RuleProblem | undefined {
  const input = "sizeBytes";
  const remedy = "Leave sizeBytes out to use the size of the parent.";
  if (sizeBytes < parent.sizeBytes) {
    const what =
      `${describeBytes(sizeBytes)} is smaller than the parent, which ` +
      `has ${describeBytes(parent.sizeBytes)}`;
    return { code: "OutOfRange", input, what, remedy };
  }
  if (sizeBytes % parent.logicalSectorSizeBytes !== 0) {
    const what =
      `${describeBytes(sizeBytes)} is not a multiple of the parent's sector size, ` +
      `${parent.logicalSectorSizeBytes} bytes`;
    return { code: "OutOfRange", input, what, remedy };
  }
  const { name, allowsLargerChild } = DISK_FORMATS[parent.format];
  if (!allowsLargerChild && sizeBytes !== parent.sizeBytes) {
    const what =
      `a differencing ${name} must have exactly the size of its parent, ` +
      `${describeBytes(parent.sizeBytes)}, not ${describeBytes(sizeBytes)}`;
    return { code: "NotSupported", input, what, remedy: "Leave sizeBytes out, or use VHDX." };
  }
  return undefined;
}

/**
 * Makes sure that a differencing disk can be made over its parent.
 *
 * @param parent what is known of the disk at `request.parentPath`
 * @throws ParentMismatch (the other format), OutOfRange (smaller than the parent, or not in whole
 *   sectors), NotSupported (a VHD larger than its parent)
 */
export function assertFitsParent(
  request: CreateDifferencingRequest,
  parent: Pick<VirtualDiskInfo, "format" | "sizeBytes" | "logicalSectorSizeBytes">,
): void {
  const done = "Nothing was written.";
  assertNoProblem(findFormatProblem(request.format, parent.format), request.parentPath, done);
  assertNoProblem(
    findChildSizeProblem(request.sizeBytes ?? parent.sizeBytes, parent),
    request.path,
    done,
  );
}
