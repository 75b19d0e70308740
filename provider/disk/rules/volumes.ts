import { DiskError } from "../errors";

/** The error for a disk that is to move to another volume. */
export function createOtherVolumeError(path: string, newPath: string, cause?: unknown): DiskError {
  return new DiskError("NotSupported", {
    what: "a disk cannot be moved to another volume",
    subject: path,
    facts: { "new path": newPath },
    remedy:
      "Nothing was changed. Copy the file yourself, then declare the new path with `adopt: true`.",
    cause,
  });
}
