import { DiskError } from "../disk/errors";
import type { ParentPlace } from "./driver";

/** The error for a disk that is to get another parent path and has no parent. */
export function noParentToSet(path: string): DiskError {
  return new DiskError("InvalidInput", {
    what: "this disk has no parent that could be set",
    subject: path,
    remedy: "Nothing was changed. Name a differencing disk.",
  });
}

/**
 * The error for a parent that is not the one a disk was made over.
 *
 * @param path the child
 * @param acceptedIds what the child records
 * @param given what was to be recorded
 */
export function otherParent(path: string, acceptedIds: readonly string[], given: ParentPlace): DiskError {
  return new DiskError("ParentMismatch", {
    what: "the disk was made over another parent, or its parent was written to since",
    subject: path,
    facts: { parent: given.absolutePath, "parent's id": given.linkageId, accepted: acceptedIds.join(" or ") },
    remedy: "Nothing was changed. Name the unchanged disk that the child was made over.",
  });
}
