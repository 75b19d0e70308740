import { DiskError } from "../disk/errors";
import type { DiskHost, Place } from "../disk/host";

/**
 * Decides whether a disk that is not at its path is proven to be gone. An unmounted volume leaves
 * an empty folder behind, and a folder that took the place of another one says nothing about the
 * disks of the first.
 *
 * @param folderId as recorded with the disk; without it, the folder that is there counts as the
 *   right one
 * @param place what is at the path now
 */
export async function isAbsenceProven(
  host: DiskHost,
  folderId: string | undefined,
  place: Place,
): Promise<boolean> {
  if (!place.hasFolder || place.isTaken) {
    return false;
  }
  if (folderId === undefined || place.folderId === undefined) {
    return true;
  }
  const [device, file] = folderId.split(":");
  const [deviceNow, fileNow] = place.folderId.split(":");
  // Device numbers may change with a restart. A folder that was made again on the same volume,
  // empty, says "gone".
  return file === fileNow || (device === deviceNow && (await host.isFolderEmpty(place.folder)));
}

/** The error for a disk whose absence is not proven. @param path of the disk */
export function createUnprovenAbsenceError(path: string, place: Place, cause?: unknown): DiskError {
  return new DiskError("Unavailable", {
    what: place.hasFolder
      ? "the folder of the disk is not the one in which the disk was recorded, so it cannot be " +
        "determined whether the disk still exists"
      : "the folder of the disk is missing, so it cannot be determined whether the disk still " +
        "exists",
    subject: path,
    facts: { folder: place.folder },
    remedy:
      "Mount its volume. If the disk is gone permanently, run `pulumi state delete`. If you " +
      "removed the folder on purpose, create it again, empty, on the same volume.",
    cause,
  });
}
