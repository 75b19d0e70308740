import type { DiskIdentity, DiskType } from "./disk";
import { DiskError } from "./errors";
import { DISK_FORMATS } from "./formats";
import { ZERO_GUID } from "./guid";

/**
 * What else is known of a disk besides its identity, when the question is whether it is the
 * recorded one.
 */
export interface SameDiskOptions {
  /**
   * The type of the observed disk. Given before every step that could lose data: some differencing
   * disks then need more proof. Left out to read a disk, which changes nothing.
   */
  readonly type?: DiskType | undefined;
}

/**
 * Decides whether a disk observed now is the one that was recorded. The question stands before
 * every step that could lose data, so the answer is "yes" only where it is proven.
 *
 * The proofs, strongest first: the creation id that this package writes into its own VHDX files;
 * the unique id of a VHD; the page 83 id of a VHDX together with a DataWriteGuid or file id that is
 * still the recorded one. A differencing VHDX of other software shares its page 83 id with its
 * siblings, and copying a sibling over the file keeps the file id: it is proven by its
 * DataWriteGuid alone.
 *
 * @param recorded the identity kept in the stack's state
 * @param observed the identity of the disk that is at the path now
 */
export function isSameDisk(
  recorded: DiskIdentity,
  observed: DiskIdentity,
  { type }: SameDiskOptions = {},
): boolean {
  const { hasUniqueDiskId } = DISK_FORMATS[recorded.format];
  if (recorded.format !== observed.format || conflicts(recorded.diskId, observed.diskId)) {
    return false;
  }
  if (recorded.creationId !== undefined || observed.creationId !== undefined) {
    return recorded.creationId === observed.creationId;
  }
  if (
    hasUniqueDiskId &&
    recorded.diskId !== ZERO_GUID &&
    agrees(recorded.diskId, observed.diskId)
  ) {
    return true;
  }
  if (agrees(recorded.dataWriteId, observed.dataWriteId)) {
    return true;
  }
  const mayBeSibling =
    type === "differencing" &&
    !hasUniqueDiskId &&
    conflicts(recorded.dataWriteId, observed.dataWriteId);
  return agrees(recorded.fileId, observed.fileId) && !mayBeSibling;
}

/**
 * Makes sure that the disk at a path is the recorded one, before anything is done to it.
 *
 * @param path where the disk was observed
 * @param recorded the identity kept in the stack's state
 * @param observed the identity of the disk that is at the path now
 * @throws AlreadyExists when that is not certain enough
 */
export function assertSameDisk(
  path: string,
  recorded: DiskIdentity,
  observed: DiskIdentity,
  options: SameDiskOptions = {},
): void {
  if (isSameDisk(recorded, observed, options)) {
    return;
  }
  if (isSameDisk(recorded, observed)) {
    throw new DiskError("AlreadyExists", {
      what:
        "the disk has been written to since it was recorded, and has no id of its own that would " +
        "identify it",
      subject: path,
      facts: {
        "recorded DataWriteGuid": recorded.dataWriteId,
        "found DataWriteGuid": observed.dataWriteId,
      },
      remedy:
        "Nothing was changed. Make sure that this is the recorded disk and not a copy of a " +
        "sibling, then run `pulumi refresh` to record it as it is.",
    });
  }
  throw new DiskError("AlreadyExists", {
    what: "a different disk is at this path",
    subject: path,
    facts: {
      "recorded disk id": recorded.diskId,
      "found disk id": observed.diskId,
      "recorded creation id": recorded.creationId,
      "found creation id": observed.creationId,
    },
    remedy:
      "Nothing was changed. Put the recorded disk back, or move this one away. To remove the " +
      "recorded disk from the state, run `pulumi state delete`.",
  });
}

function agrees(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && left === right;
}

function conflicts(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && right !== undefined && left !== right;
}
