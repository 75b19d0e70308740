import type { DiskBackend } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { isSamePath } from "../disk/host-path";
import type { ParentChange } from "./disk-diff";
import type { DeclaredDisk, DiskInputs } from "./disk-kind";
import { runOf } from "./disk-run";
import type { DiskState } from "./disk-state";
import { matchParentReferences } from "./parent-reference";

const UNCHANGED: ParentChange = { changes: false, replaces: [] };
const IN_PLACE: ParentChange = { changes: true, replaces: [] };
const REPLACED: ParentChange = { changes: true, replaces: ["parentPath"] };

/** Inputs with a parent. */
interface ChildInputs extends DiskInputs {
  readonly parentPath: string;
}

/**
 * Decides whether the declared parent is the recorded one, has moved, or is another disk. The
 * preview and the update that follows come to the same answer: the reference to the parent's
 * resource says in the preview what the disk itself says in the update.
 *
 * @throws ParentNotFound in an update, where there is no disk at the new parent path; what kept the
 *   host from answering
 */
export async function compareParents(
  backend: DiskBackend,
  state: DiskState,
  declared: DeclaredDisk<ChildInputs>,
): Promise<ParentChange> {
  const { parentPath } = declared.values;
  if (parentPath === undefined) {
    // Pulumi relies on this to replace a child when it replaces the parent.
    return REPLACED;
  }
  const isSamePlace =
    state.parentPath !== undefined && isSamePath(backend.pathStyle, state.parentPath, parentPath);
  if (isSamePlace && !mayBeAnother(backend, state, declared, parentPath)) {
    return UNCHANGED;
  }
  if (!isSamePlace && isSameResource(backend, state, declared, parentPath)) {
    return IN_PLACE;
  }
  const isPreview = declared.context.preview === true;
  const found = await (isPreview ? foretellParent : identifyParent)(backend, state, parentPath);
  if (found !== "missing") {
    const same = isSamePlace ? UNCHANGED : IN_PLACE;
    return found === "recorded" ? same : REPLACED;
  }
  if (isSamePlace) {
    // It is to be made again, or a refresh will find out.
    return isPreview && declared.parentReference === "unknown" ? REPLACED : UNCHANGED;
  }
  return isPreview ? judgeByReference(state, declared) : refuseMissing(state, parentPath);
}

/** Whether a new disk may have taken, or be about to take, the place of the recorded parent. */
function mayBeAnother(
  backend: DiskBackend,
  { parentReference: recorded }: DiskState,
  { parentReference }: DeclaredDisk<ChildInputs>,
  parentPath: string,
): boolean {
  if (parentReference === "unknown" || runOf(backend).wasMadeAt(parentPath)) {
    return true;
  }
  const isComparable = recorded !== undefined && parentReference !== undefined;
  return isComparable && matchParentReferences(recorded, parentReference.text) !== "resource";
}

/**
 * Whether the declared parent is the resource of the recorded one, which was not made again
 * meanwhile.
 */
function isSameResource(
  backend: DiskBackend,
  { parentReference: recorded }: DiskState,
  { parentReference }: DeclaredDisk<ChildInputs>,
  parentPath: string,
): boolean {
  return (
    recorded !== undefined &&
    parentReference !== undefined &&
    parentReference !== "unknown" &&
    parentReference.text === recorded &&
    !runOf(backend).wasMadeAt(parentPath)
  );
}

/**
 * Without a disk to ask: a resource that is known in a preview exists, so what comes to the path is
 * its disk.
 */
function judgeByReference(
  { parentReference: recorded }: DiskState,
  { parentReference }: DeclaredDisk<ChildInputs>,
): ParentChange {
  const present = parentReference === "unknown" ? undefined : parentReference?.text;
  return matchParentReferences(recorded, present) === "none" ? REPLACED : IN_PLACE;
}

/** A replacement would delete the child first, and then fail for want of a parent. */
function refuseMissing({ path }: DiskState, parentPath: string): never {
  throw new DiskError("ParentNotFound", {
    what: "there is no disk at the new parentPath",
    subject: parentPath,
    facts: { child: path },
    remedy:
      "Nothing was changed. Correct parentPath, or create the parent first (parentPath: " +
      "parent.path).",
  });
}

type FoundParent = "recorded" | "another" | "missing";

/** In a preview, disks are still where they are to be moved from. */
async function foretellParent(
  backend: DiskBackend,
  state: DiskState,
  parentPath: string,
): Promise<FoundParent> {
  const run = runOf(backend);
  const movedFrom = run.findMovedFrom(parentPath);
  if (movedFrom !== undefined) {
    return identifyParent(backend, state, movedFrom);
  }
  const isGone = run.isFreed(parentPath) && !run.isKept(parentPath);
  return isGone ? "missing" : identifyParent(backend, state, parentPath);
}

/** Asks the host which disk is at the parent's path. */
async function identifyParent(
  backend: DiskBackend,
  state: DiskState,
  parentPath: string,
): Promise<FoundParent> {
  try {
    const [parent] = await backend.readChain(parentPath);
    return parent !== undefined && hasOtherIdentity(state, parent) ? "another" : "recorded";
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return "missing";
    }
    throw error;
  }
}

/**
 * A host that does not say what children record of a disk may still know the disk's own id. Where
 * neither is known, the parent counts as the same: the host itself refuses to point a child at
 * another one.
 */
function hasOtherIdentity(state: DiskState, parent: VirtualDiskInfo): boolean {
  if (parent.linkageId !== undefined) {
    return !state.parentLinkageIds.includes(parent.linkageId);
  }
  const { diskId } = parent.identity;
  return diskId !== undefined && state.parentDiskId !== undefined && diskId !== state.parentDiskId;
}
