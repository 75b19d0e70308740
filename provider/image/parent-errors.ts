import { DiskError, isDiskError } from "../disk/errors";
import type { ParentLocator } from "./disk-image";
import type { ParentPlace } from "./driver";

/** A recorded path that did not lead to the parent. */
export interface Attempt {
  readonly path: string;
  /**
   * `absent`: no file is there. `stranger`: something else than the parent. `unreadable`: what is
   * there may be it.
   */
  readonly outcome: "absent" | "stranger" | "unreadable";
  /** Fits behind the path: a clause that begins with a verb. */
  readonly reason: string;
  readonly error?: DiskError;
}

/**
 * Turns the failure to open a recorded path into an {@link Attempt}.
 *
 * @throws what is no DiskError, and no fault of the file therefore
 */
export function describeFailure(path: string, error: unknown): Attempt {
  if ((error as Partial<DiskError> | null)?.code === "NotFound") {
    return { path, outcome: "absent", reason: "does not exist" };
  }
  if (!isDiskError(error)) {
    throw error;
  }
  const reason = `cannot be used: ${error.details.what}`;
  switch (error.code) {
    case "InvalidInput":
      return { path, outcome: "absent", reason, error };
    case "UnsupportedImage":
      return { path, outcome: "stranger", reason, error };
    default:
      return { path, outcome: "unreadable", reason, error };
  }
}

/**
 * The error for a child whose parent was found under none of the recorded paths.
 *
 * @param path the child
 * @param attempts all paths that were tried, in that order
 */
export function createParentError(
  path: string,
  locator: ParentLocator,
  attempts: readonly Attempt[],
): DiskError {
  const reasons = attempts.map((attempt) => `${attempt.path} ${attempt.reason}`);
  const tried = [...reasons, ...(locator.problems ?? [])].join("; ");
  const unreadable = attempts.find(({ outcome }) => outcome === "unreadable")?.error;
  if (unreadable !== undefined) {
    return new DiskError(unreadable.code, {
      what: `the parent of this disk cannot be opened: ${tried}`,
      subject: path,
      ...(unreadable.details.facts === undefined ? {} : { facts: unreadable.details.facts }),
      remedy: unreadable.details.remedy,
      cause: unreadable,
    });
  }
  if (attempts.some(({ outcome }) => outcome === "stranger")) {
    return new DiskError("ParentMismatch", {
      what: `no recorded path leads to the parent of this disk: ${tried}`,
      subject: path,
      remedy:
        "The parent was moved, written to, resized or replaced after the child was created. Put " +
        "the original parent back.",
    });
  }
  const recorded = locator.paths.map((entry) => JSON.stringify(entry.path)).join(", ");
  return new DiskError("ParentNotFound", {
    what: "the parent of this disk cannot be found",
    subject: path,
    facts: {
      tried: tried === "" ? "nothing: no recorded path is valid on this machine" : tried,
      recorded,
    },
    remedy: "Put the parent back, or set parentPath to where it is now.",
  });
}

/**
 * The error for a parent that a child could not recognise later.
 *
 * @param path the child
 */
export function parentWithoutId(path: string, parent: ParentPlace): DiskError {
  return new DiskError("InvalidInput", {
    what: "the parent has no identity that a child could record: its id is zero",
    subject: parent.absolutePath,
    facts: { child: path },
    remedy:
      "Nothing was written. Convert the parent to a new image, for example with qemu-img " +
      "convert, and use the new image.",
  });
}

/** The error for a disk that is to get another parent path and has no parent. */
export function noParentToSet(path: string): DiskError {
  return new DiskError("InvalidInput", {
    what: "this disk is not a differencing disk, so it has no parent",
    subject: path,
    remedy: "Nothing was changed. Give the path of a differencing disk.",
  });
}

/**
 * The error for a parent that is not the one a disk was made over.
 *
 * @param path the child
 * @param acceptedIds what the child records
 * @param given what was to be recorded
 */
export function otherParent(
  path: string,
  acceptedIds: readonly string[],
  given: ParentPlace,
): DiskError {
  return new DiskError("ParentMismatch", {
    what: "the disk was created over a different parent, or its parent has been written to since",
    subject: path,
    facts: {
      parent: given.absolutePath,
      "parent's id": given.linkageId,
      accepted: acceptedIds.join(" or "),
    },
    remedy:
      "Nothing was changed. Use the disk that the child was created over, unchanged since then.",
  });
}
