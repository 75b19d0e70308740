import { DiskError } from "../../disk/errors";
import { normalizePath } from "../../disk/host-path";
import { describePathProblem } from "../../disk/rules/paths";

/**
 * Takes a path from outside before it reaches the host, whose services expand `%NAMES%` and open
 * devices by name.
 *
 * @returns the same place in its plainest spelling: backslashes, no `.` or `..`, no `\\?\`
 * @throws InvalidInput
 */
export function parseHostPath(path: string): string {
  const problem = /\p{Surrogate}/u.test(path)
    ? "The path contains half of a character (an unpaired surrogate)."
    : describePathProblem("win32", path);
  if (problem !== undefined) {
    throw new DiskError("InvalidInput", {
      what: "the path cannot be used on a Hyper-V host",
      subject: JSON.stringify(path),
      remedy: problem,
    });
  }
  return normalizePath("win32", path);
}

/** The drive of a path; a disk can only move within it. */
export function volumeOf(path: string): string {
  return normalizePath("win32", path).slice(0, 2).toUpperCase();
}
