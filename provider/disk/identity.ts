import type { DiskIdentity } from "./disk";
import { DiskError } from "./errors";
import { DISK_FORMATS } from "./formats";

/**
 * Decides whether a disk observed now is the one that was recorded. The question stands before every step that could
 * lose data, so the answer is "yes" only where it is proven.
 *
 * The proofs, strongest first: the creation id that this package writes into its own VHDX files; the unique id of a VHD;
 * the page 83 id of a VHDX together with a DataWriteGuid or file id that is still the recorded one (the page 83 id alone
 * proves nothing, since children share it with their parent and siblings).
 *
 * @param recorded the identity kept in the stack's state
 * @param observed the identity of the disk that lies at the path now
 */
export function isSameDisk(recorded: DiskIdentity, observed: DiskIdentity): boolean {
  if (recorded.format !== observed.format || conflicts(recorded.diskId, observed.diskId)) {
    return false;
  }
  if (recorded.creationId !== undefined || observed.creationId !== undefined) {
    return recorded.creationId === observed.creationId;
  }
  if (DISK_FORMATS[recorded.format].hasUniqueDiskId && agrees(recorded.diskId, observed.diskId)) {
    return true;
  }
  return agrees(recorded.dataWriteId, observed.dataWriteId) || agrees(recorded.fileId, observed.fileId);
}

/**
 * Makes sure that the disk at a path is the recorded one, before anything is done to it.
 *
 * @param path where the disk was observed
 * @param recorded the identity kept in the stack's state
 * @param observed the identity of the disk that lies at the path now
 * @throws AlreadyExists when that is not proven
 */
export function assertSameDisk(path: string, recorded: DiskIdentity, observed: DiskIdentity): void {
  if (isSameDisk(recorded, observed)) {
    return;
  }
  throw new DiskError("AlreadyExists", {
    what: "another disk than the recorded one lies at this path",
    subject: path,
    facts: {
      "recorded disk id": recorded.diskId,
      "found disk id": observed.diskId,
      "recorded creation id": recorded.creationId,
      "found creation id": observed.creationId,
    },
    remedy:
      "Nothing was changed. Put the recorded disk back, or move this one away; `pulumi state delete` forgets the recorded one.",
  });
}

function agrees(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && left === right;
}

function conflicts(left: string | undefined, right: string | undefined): boolean {
  return left !== undefined && right !== undefined && left !== right;
}
