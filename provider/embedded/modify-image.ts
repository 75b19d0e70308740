import { lstat, unlink } from "node:fs/promises";
import type { DiskTarget } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { assertCanGrow } from "../disk/rules/growth";
import { DiskError, isDiskError } from "../disk/errors";
import { isSamePath, relativeParentPath } from "../disk/host-path";
import { assertSameDisk, isSameDisk } from "../disk/identity";
import { openNodeFile, toDiskError } from "./node-file";
import { FORMAT_DRIVERS } from "../image/formats";
import { openImage } from "../image/open-image";
import { describeMismatch } from "../image/parent";
import { alreadyExists, flushFolder, removeAbandonedPartials, renameWithoutReplacing } from "./atomic-create";
import { assertNoChildren } from "./children";
import { LOCAL_PATH_STYLE, inspectFile } from "./disk-files";
import { assertFreeSpace } from "./free-space";
import { assertNotInUse } from "./in-use";

/** @throws the codes of `DiskBackend.growDisk` */
export async function growImage(
  target: DiskTarget,
  sizeBytes: number,
  searchFolders: readonly string[],
): Promise<void> {
  const disk = await inspectRecorded(target);
  if (sizeBytes === disk.sizeBytes) {
    return;
  }
  assertCanGrow(disk, sizeBytes);
  await assertNotInUse(disk.path);
  await assertNoChildren(disk, searchFolders);
  if (disk.type === "fixed") {
    await assertFreeSpace(disk.path, sizeBytes - disk.sizeBytes);
  }
  const file = await openNodeFile(disk.path, "read-write");
  try {
    await FORMAT_DRIVERS[disk.format].grow(file, sizeBytes);
  } finally {
    await file.close();
  }
}

/** @throws the codes of `DiskBackend.setParent` */
export async function setImageParent(target: DiskTarget, parentPath: string): Promise<void> {
  const disk = await inspectRecorded(target);
  await assertNotInUse(disk.path);
  await writeParent(disk, parentPath);
}

/** @throws the codes of `DiskBackend.moveDisk` */
export async function moveImage(target: DiskTarget, newPath: string, searchFolders: readonly string[]): Promise<void> {
  assertDifferentPlace(target, newPath);
  if (!(await isMovedAlready(target, newPath))) {
    const disk = await inspectRecorded(target);
    await assertNotInUse(disk.path);
    await assertNoChildren(disk, searchFolders);
    await rename(disk, newPath);
  }
  const moved = await inspectFile(newPath);
  // The path relative to the child's folder is another one now.
  if (moved.parent?.resolvedPath !== undefined) {
    await writeParent(moved, moved.parent.resolvedPath);
  }
}

/** @throws the codes of `DiskBackend.deleteDisk` */
export async function deleteImage(target: DiskTarget, searchFolders: readonly string[]): Promise<void> {
  let disk: VirtualDiskInfo;
  try {
    disk = await inspectRecorded(target);
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return;
    }
    throw error;
  }
  await assertNotInUse(disk.path);
  await assertNoChildren(disk, searchFolders);
  await removeAbandonedPartials(disk.path);
  await unlinkProven(disk);
}

/** Observes the disk at a path and proves that it is the recorded one. */
async function inspectRecorded(target: DiskTarget): Promise<VirtualDiskInfo> {
  const disk = await inspectFile(target.path);
  assertSameDisk(target.path, target.identity, disk.identity);
  return disk;
}

async function writeParent(disk: VirtualDiskInfo, parentPath: string): Promise<void> {
  const linkageId = await assertParent(disk, parentPath);
  const relativePath = relativeParentPath(LOCAL_PATH_STYLE, disk.path, parentPath);
  const file = await openNodeFile(disk.path, "read-write");
  try {
    await FORMAT_DRIVERS[disk.format].setParent(file, { linkageId, absolutePath: parentPath, relativePath });
  } finally {
    await file.close();
  }
}

/** Proves that the disk at a path is the parent a child was made over. @returns what the child records of it */
async function assertParent(disk: VirtualDiskInfo, parentPath: string): Promise<string> {
  const child = await openImage(await openNodeFile(disk.path, "read"));
  try {
    const parent = await openImage(await openNodeFile(parentPath, "read"));
    await parent.close();
    const objection = describeMismatch(child, parent);
    if (objection !== undefined) {
      throw new DiskError("ParentMismatch", {
        what: `this disk is not the parent of ${disk.path}: it ${objection}`,
        subject: parentPath,
        remedy: "Nothing was changed. Name the unchanged disk that the child was made over.",
      });
    }
    return parent.properties.linkageId;
  } catch (error) {
    throw isDiskError(error, "NotFound") ? parentMissing(disk, parentPath, error) : error;
  } finally {
    await child.close();
  }
}

function parentMissing(disk: VirtualDiskInfo, parentPath: string, cause: unknown): DiskError {
  return new DiskError("ParentNotFound", {
    what: "there is no disk at the path of the new parent",
    subject: parentPath,
    facts: { child: disk.path },
    remedy: "Nothing was changed. Correct parentPath.",
    cause,
  });
}

function assertDifferentPlace(target: DiskTarget, newPath: string): void {
  if (isSamePath(LOCAL_PATH_STYLE, target.path, newPath)) {
    throw new DiskError("InvalidInput", {
      what: "the new path of the disk is its present one",
      subject: newPath,
      remedy: "Name another path.",
    });
  }
}

/** An earlier move may have been cut off: then both names, or only the new one, belong to the disk. */
async function isMovedAlready(target: DiskTarget, newPath: string): Promise<boolean> {
  const [oldFile, newFile] = await Promise.all([lstatIfPresent(target.path), lstatIfPresent(newPath)]);
  if (newFile === undefined) {
    return false;
  }
  const moved = await inspectFile(newPath).catch(() => undefined);
  const isSame = moved !== undefined && isSameDisk(target.identity, moved.identity);
  if (oldFile === undefined && isSame) {
    return true;
  }
  if (isSame && oldFile?.ino === newFile.ino && oldFile.dev === newFile.dev) {
    await unlink(target.path);
    return true;
  }
  throw alreadyExists(newPath);
}

async function rename(disk: VirtualDiskInfo, newPath: string): Promise<void> {
  try {
    await renameWithoutReplacing(disk.path, newPath);
    await flushFolder(newPath);
    await flushFolder(disk.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EXDEV") {
      throw new DiskError("NotSupported", {
        what: "a disk cannot be moved to another volume",
        subject: disk.path,
        facts: { "new path": newPath },
        remedy: "Nothing was changed. Copy the file yourself, then declare the new path with adopt: true.",
        cause: error,
      });
    }
    throw toDiskError(error, "the disk cannot be moved", disk.path);
  }
}

/** Deletes a file that was proven to be the disk, unless something else took its name since. */
async function unlinkProven(disk: VirtualDiskInfo): Promise<void> {
  const { path, identity } = disk;
  try {
    const file = await lstat(path, { bigint: true });
    if (`${file.ino}:${file.birthtimeNs}` !== identity.fileId) {
      throw new DiskError("InUse", {
        what: "the path is a link, or another file took it just now",
        subject: path,
        remedy: "Nothing was deleted. Name the file itself, and let no other program replace it.",
      });
    }
    await unlink(path);
    await flushFolder(path);
  } catch (error) {
    throw toDiskError(error, "the disk cannot be deleted", path);
  }
}

async function lstatIfPresent(path: string): Promise<{ ino: bigint; dev: bigint } | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw toDiskError(error, "the path cannot be examined", path);
  }
}
