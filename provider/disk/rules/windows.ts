import type { ByteRange } from "../ranges";
import { type RuleProblem, assertNoProblem } from "./problem";

/**
 * Makes sure that a window is inside a disk.
 *
 * @param path of the disk, for messages
 * @param sizeBytes the virtual size
 * @throws OutOfRange
 */
export function assertWindow(
  path: string,
  sizeBytes: number,
  offsetBytes: number,
  lengthBytes: number,
): void {
  const isWhole = Number.isSafeInteger(offsetBytes) && Number.isSafeInteger(lengthBytes);
  if (isWhole && offsetBytes >= 0 && lengthBytes >= 0 && offsetBytes + lengthBytes <= sizeBytes) {
    return;
  }
  const problem: RuleProblem = {
    code: "OutOfRange",
    input: "offsetBytes",
    what:
      `the window of ${lengthBytes} bytes at offset ${offsetBytes} is not inside the disk, which ` +
      `has ${sizeBytes} bytes`,
    remedy: "Ask for bytes between 0 and the size of the disk.",
  };
  assertNoProblem(problem, path);
}

/**
 * Gives the window of a query its defaults: from the beginning, to the end of the disk.
 *
 * @param path of the disk, for messages
 * @param sizeBytes the virtual size
 * @throws OutOfRange when the window is not inside the disk
 */
export function resolveWindow(
  path: string,
  sizeBytes: number,
  window: { readonly [Name in keyof ByteRange]?: number | undefined },
): ByteRange {
  const offsetBytes = window.offsetBytes ?? 0;
  const lengthBytes = window.lengthBytes ?? Math.max(0, sizeBytes - offsetBytes);
  assertWindow(path, sizeBytes, offsetBytes, lengthBytes);
  return { offsetBytes, lengthBytes };
}
