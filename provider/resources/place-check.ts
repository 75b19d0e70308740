import type { DiskBackend } from "../disk/backend";
import { isDiskError } from "../disk/errors";
import type { Place } from "../disk/host";
import { isSamePath } from "../disk/host-path";
import { isSameDisk } from "../disk/identity";
import { describeBytes } from "../disk/rules/quantities";
import { ADVICE_FOR_TAKEN_PATH } from "./advice";
import type { DeclaredDisk, DiskInputs, DiskKind } from "./disk-kind";
import { runOf } from "./disk-run";
import type { FailureList } from "./inputs";
import type { Properties } from "./resource";

/**
 * Adds what a preview can see to be wrong with the place where a disk is to be made, or to which it
 * is to be moved.
 *
 * @param olds the inputs before
 */
export async function checkPlace<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  olds: Properties,
  declared: DeclaredDisk<Inputs>,
): Promise<void> {
  const { path } = declared.values;
  const oldPath = typeof olds["path"] === "string" ? olds["path"] : undefined;
  if (
    path === undefined ||
    (oldPath !== undefined && isSamePath(backend.pathStyle, oldPath, path))
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
    await checkUnprepared(list, kind, backend, oldPath, declared, path, place);
  }
}

async function checkUnprepared<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  oldPath: string | undefined,
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
    await checkTaken(list, kind, backend, oldPath, declared, path);
    return;
  }
  if (place.isWritable === false) {
    list.add(
      "path",
      `No files can be made in the folder ${place.folder}: it is read-only for this account.`,
    );
  }
  const { type, sizeBytes } = declared.values;
  if (
    oldPath === undefined &&
    type === "fixed" &&
    sizeBytes !== undefined &&
    sizeBytes > (place.freeBytes ?? sizeBytes)
  ) {
    list.add(
      "sizeBytes",
      `A fixed disk takes all its space when it is made: ${describeBytes(sizeBytes)}, but the ` +
        `volume of ${place.folder} has ${describeBytes(place.freeBytes ?? 0)} free.`,
    );
  }
}

/** Something is at the path, and the program as far as it is known does not move it away first. */
async function checkTaken<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  oldPath: string | undefined,
  declared: DeclaredDisk<Inputs>,
  path: string,
): Promise<void> {
  if (runOf(backend).isFreed(path)) {
    return;
  }
  if (oldPath !== undefined) {
    if (!(await isMovedAlready(backend, oldPath, path))) {
      list.add(
        "path",
        `The disk cannot be moved from ${oldPath}: there is a file at ${path}. Choose another ` +
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
  path: string,
): Promise<boolean> {
  if (await runOf(backend).isSamePlace(oldPath, path)) {
    return true;
  }
  const old = await examine(backend, oldPath);
  if (old === undefined || !old.isTaken) {
    return true;
  }
  try {
    const [left, right] = await Promise.all([
      backend.inspectDisk(oldPath),
      backend.inspectDisk(path),
    ]);
    return isSameDisk(left.identity, right.identity);
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
        `The disk at ${path} is not the declared one: ${differences.join("; ")}. Declare it as ` +
          "it is.",
      );
    }
  } catch (error) {
    if (isDiskError(error, "CorruptImage") || isDiskError(error, "UnsupportedImage")) {
      list.add("adopt", `The file cannot be adopted. ${error.message}`);
    }
  }
}

/**
 * A creation that was cut off goes on with its own disk, which is exactly as declared; anything
 * else is in the way.
 */
async function mayBeOwn<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  declared: DeclaredDisk<Inputs>,
  path: string,
): Promise<boolean> {
  if (declared.context.owner === undefined) {
    return false;
  }
  try {
    return (await listKnownDifferences(kind, backend, declared, path)).length === 0;
  } catch {
    return false;
  }
}

async function listKnownDifferences<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  { values, parentReference }: DeclaredDisk<Inputs>,
  path: string,
): Promise<string[]> {
  const disk = await backend.inspectDisk(path);
  // A parent that is a resource may be on its way to where it is declared to be.
  const inputs = values as Inputs;
  return kind.listDifferences(
    backend,
    inputs,
    disk,
    parentReference === undefined ? "whole" : "without parent",
  );
}

/** A host that cannot be asked says nothing; the update will. */
async function examine(backend: DiskBackend, path: string): Promise<Place | undefined> {
  try {
    return await backend.examinePlace(path);
  } catch {
    return undefined;
  }
}
