import type { DiskBackend, PlannedChange } from "../disk/backend";
import type { DiskIdentity } from "../disk/disk";
import { isDiskError } from "../disk/errors";
import type { Place } from "../disk/host";
import { isSamePath } from "../disk/host-path";
import { isSameDisk } from "../disk/identity";
import { describeBytes } from "../disk/rules/quantities";
import { ADVICE_FOR_TAKEN_PATH } from "./advice";
import type { DeclaredDisk, DiskInputs, DiskKind } from "./disk-kind";
import { runOf } from "./disk-run";
import type { FailureList } from "./inputs";
import { addRehearsed } from "./rehearsal";

/** A disk before a change. */
export interface OldDisk {
  /** Absent for a disk that is new. */
  readonly path: string | undefined;
  readonly sizeBytes: number | undefined;
  /** Which disk it is; absent where only its inputs are known. */
  readonly identity?: DiskIdentity | undefined;
  readonly adoptionId?: string | undefined;
}

/**
 * Adds what a preview can see to be wrong with the place where a disk is to be made, or to which it
 * is to be moved.
 */
export async function checkPlace<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  old: OldDisk,
  declared: DeclaredDisk<Inputs>,
): Promise<void> {
  const { path } = declared.values;
  if (
    path === undefined ||
    (old.path !== undefined && isSamePath(backend.pathStyle, old.path, path))
  ) {
    return;
  }
  // The old disk of a resource that is replaced goes first.
  if (runOf(backend).hadDiskAt(declared.context.owner, path)) {
    return;
  }
  const place = await examine(backend, path);
  if (place === undefined) {
    return;
  }
  if (place.isNameTooLong === true) {
    list.add(
      "path",
      `The file name is too long for the volume of ${place.folder}. Choose a shorter name.`,
    );
  } else if (declared.context.isPrepared !== true) {
    await checkUnprepared(list, kind, backend, old, declared, path, place);
  }
}

async function checkUnprepared<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  old: OldDisk,
  declared: DeclaredDisk<Inputs>,
  path: string,
  place: Place,
): Promise<void> {
  const { createFolder } = declared.values;
  if (!place.hasFolder) {
    if (
      createFolder !== true &&
      !declared.unknown.has("createFolder") &&
      !runOf(backend).makesFolder(place.folder)
    ) {
      list.add(
        "path",
        `The folder ${place.folder} is missing. Create it, bring its volume online, or set ` +
          "createFolder to true.",
      );
    }
    return;
  }
  if (place.isTaken) {
    await checkTaken(list, kind, backend, old, declared, path);
  } else if (place.isWritable === false) {
    list.add(
      "path",
      `No files can be created in the folder ${place.folder}: it is read-only for this account.`,
    );
  }
  if (old.path !== undefined) {
    await checkMove(list, backend, { ...old, path: old.path }, path, place);
  }
  const { type, sizeBytes } = declared.values;
  if (
    old.path === undefined &&
    !place.isTaken &&
    type === "fixed" &&
    sizeBytes !== undefined &&
    sizeBytes > (place.freeBytes ?? sizeBytes)
  ) {
    list.add(
      "sizeBytes",
      `A fixed disk takes all its space when it is created: ${describeBytes(sizeBytes)}, but the ` +
        `volume of ${place.folder} has ${describeBytes(place.freeBytes ?? 0)} free.`,
    );
  }
}

/** What the host says about a move that is not done yet. */
async function checkMove(
  list: FailureList,
  backend: DiskBackend,
  old: OldDisk & PlannedChange,
  newPath: string,
  { isTaken }: Place,
): Promise<void> {
  const { path, identity, adoptionId } = old;
  const isDone = isTaken && (await isMovedAlready(backend, path, identity, newPath));
  if (!isDone && list.failures.length === 0) {
    const step = { kind: "move", path, identity, adoptionId, newPath } as const;
    await addRehearsed(list, backend, "path", step);
  }
}

/** Something is at the path, and the program as far as it is known does not move it away first. */
async function checkTaken<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  old: OldDisk,
  declared: DeclaredDisk<Inputs>,
  path: string,
): Promise<void> {
  const run = runOf(backend);
  if (run.isFreed(path) && !run.isKept(path)) {
    return;
  }
  if (old.path !== undefined) {
    if (!(await isMovedAlready(backend, old.path, old.identity, path))) {
      list.add(
        "path",
        `The disk cannot be moved from ${old.path}: there is a file at ${path}. Choose another ` +
          "path.",
      );
    }
    return;
  }
  const { adopt } = declared.values;
  if (adopt === true) {
    await checkAdoption(list, kind, backend, declared, path);
  } else if (!declared.unknown.has("adopt") && !(await mayBeOwn(kind, backend, declared, path))) {
    list.add("path", `There is a file at ${path}. ${ADVICE_FOR_TAKEN_PATH}`);
  }
}

/** A move that was cut off, or another spelling of the old path. */
async function isMovedAlready(
  backend: DiskBackend,
  oldPath: string,
  identity: DiskIdentity | undefined,
  path: string,
): Promise<boolean> {
  if (await runOf(backend).isSamePlace(oldPath, path)) {
    return true;
  }
  const old = await examine(backend, oldPath);
  if (old?.isTaken !== true && identity === undefined) {
    return true;
  }
  try {
    const present = await backend.inspectDisk(path);
    const recorded = identity ?? (await backend.inspectDisk(oldPath)).identity;
    return isSameDisk(recorded, present.identity);
  } catch {
    return false;
  }
}

async function checkAdoption<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  declared: DeclaredDisk<Inputs>,
  path: string,
): Promise<void> {
  if (declared.unknown.size > 0) {
    return;
  }
  try {
    const differences = await listKnownDifferences(kind, backend, declared, path);
    if (differences.length > 0) {
      list.add(
        "adopt",
        `The disk at ${path} is not the declared one: ${differences.join("; ")}. Declare the ` +
          "values that the disk has.",
      );
    }
  } catch (error) {
    if (isDiskError(error, "CorruptImage") || isDiskError(error, "UnsupportedImage")) {
      list.add("adopt", `The file cannot be adopted. ${error.message}`);
    }
  }
}

/**
 * A creation that was cut off goes on with its own disk where it is exactly as declared; anything
 * else is in the way.
 */
async function mayBeOwn<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  declared: DeclaredDisk<Inputs>,
  path: string,
): Promise<boolean> {
  const { owner } = declared.context;
  if (owner === undefined) {
    return false;
  }
  try {
    const isOwn = await backend.isOwn(path, owner);
    return isOwn && (await listKnownDifferences(kind, backend, declared, path)).length === 0;
  } catch {
    return false;
  }
}

async function listKnownDifferences<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  { values }: DeclaredDisk<Inputs>,
  path: string,
): Promise<string[]> {
  const disk = await backend.inspectDisk(path);
  const { parentPath } = values as { readonly parentPath?: string };
  if (parentPath === undefined) {
    return kind.listDifferences(backend, values as Inputs, disk, "without parent");
  }
  // A parent that is a resource may be on its way to where it is declared to be.
  const present = runOf(backend).findMovedFrom(parentPath) ?? parentPath;
  const inputs = { ...(values as Inputs), parentPath: present };
  return kind.listDifferences(backend, inputs, disk, "whole");
}

/** A host that cannot be asked says nothing; the update will. */
async function examine(backend: DiskBackend, path: string): Promise<Place | undefined> {
  try {
    return await backend.examinePlace(path);
  } catch {
    return undefined;
  }
}
