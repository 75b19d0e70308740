import type { DiskTarget } from "../../disk/backend";
import type { DiskFormat, VirtualDiskInfo } from "../../disk/disk";
import { assertCanGrow } from "../../disk/rules/growth";
import { DiskError, isDiskError } from "../../disk/errors";
import { formatOfPath, isSamePath, normalizePath } from "../../disk/host-path";
import { isSameDisk } from "../../disk/identity";
import type { ChildSearch } from "./children";
import type { HostDisks } from "./host-disks";
import type { HostFile } from "./host-files";
import { type ProvenDisk, isContentError, observeTarget } from "./observe-disk";
import { inspectDisk, parentNotFound, readChain } from "./read-chain";
import { orDoneAlready } from "../service/retry";

/** What change tracking keeps beside a disk. */
const SIDECAR_EXTENSIONS = [".rct", ".mrt"];

/** @throws the codes of `DiskBackend.growDisk` */
export async function growDisk(
  disks: HostDisks,
  children: ChildSearch,
  target: DiskTarget,
  sizeBytes: number,
): Promise<VirtualDiskInfo> {
  const proven = await observeTarget(disks, target);
  const disk = await inspectDisk(disks, target.path);
  if (sizeBytes === disk.sizeBytes) {
    return disk;
  }
  assertCanGrow(disk, sizeBytes);
  await assertNotMounted(disks, target.path);
  await children.assertNoChildren(target.path, proven.file, disk.format);
  const service = await disks.openService();
  await orDoneAlready(
    () => service.resizeVirtualHardDisk(target.path, sizeBytes),
    async () => (await inspectDisk(disks, target.path)).sizeBytes === sizeBytes,
  );
  return inspectDisk(disks, target.path);
}

/** @throws the codes of `DiskBackend.setParent` */
export async function setParent(disks: HostDisks, target: DiskTarget, parentPath: string): Promise<VirtualDiskInfo> {
  await observeTarget(disks, target);
  try {
    await readChain(disks, parentPath);
  } catch (error) {
    throw isDiskError(error, "NotFound") ? parentNotFound(parentPath, target.path, error) : error;
  }
  await assertNotMounted(disks, target.path);
  await recordParent(disks, target.path, parentPath);
  return inspectDisk(disks, target.path);
}

/** @throws the codes of `DiskBackend.moveDisk` */
export async function moveDisk(
  disks: HostDisks,
  children: ChildSearch,
  target: DiskTarget,
  newPath: string,
): Promise<VirtualDiskInfo> {
  if (isSamePath("win32", target.path, newPath)) {
    throw new DiskError("InvalidInput", {
      what: "the new path of the disk is its present one",
      subject: newPath,
      remedy: "Name another path.",
    });
  }
  let parentPath: string | undefined;
  if (!(await isMovedAlready(disks, target, newPath))) {
    const proven = await observeTarget(disks, target);
    parentPath = proven.settings?.parentPath;
    assertSameVolume(target.path, newPath);
    await disks.files.assertFolderOf(newPath);
    await assertNotMounted(disks, target.path);
    await children.assertNoChildren(target.path, proven.file, formatOf(proven, target));
    await orDoneAlready(
      () => disks.files.rename(proven.file, newPath),
      () => isMovedAlready(disks, target, newPath),
    );
  }
  await moveSidecars(disks, target.path, newPath);
  return inspectMoved(disks, newPath, parentPath);
}

/** @throws the codes of `DiskBackend.deleteDisk` */
export async function deleteDisk(disks: HostDisks, children: ChildSearch, target: DiskTarget): Promise<void> {
  let proven: ProvenDisk;
  try {
    proven = await observeTarget(disks, target);
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return;
    }
    throw error;
  }
  await assertNotMounted(disks, target.path);
  await children.assertNoChildren(target.path, proven.file, formatOf(proven, target));
  await deleteFile(disks, proven.file);
  for (const sidecar of await findSidecars(disks, target.path)) {
    await deleteFile(disks, sidecar);
  }
}

function formatOf(proven: ProvenDisk, target: DiskTarget): DiskFormat {
  const format = proven.settings?.format;
  return format === undefined || format === "vhdset" ? (formatOfPath(target.path) ?? target.identity.format) : format;
}

async function assertNotMounted(disks: HostDisks, path: string): Promise<void> {
  const mounted = await (await disks.openService()).findMountedStorageImageInstance(path);
  if (mounted !== undefined) {
    throw new DiskError("InUse", {
      what: "the host has mounted the disk",
      subject: path,
      remedy: "Nothing was changed. Dismount it (Dismount-VHD), then try again.",
    });
  }
}

/** The service itself compares the identity that the child records with that of the new parent. */
async function recordParent(disks: HostDisks, childPath: string, parentPath: string): Promise<void> {
  const service = await disks.openService();
  await orDoneAlready(
    () => service.setParentVirtualHardDisk({ childPath, parentPath }),
    async () => {
      const { parent } = await inspectDisk(disks, childPath);
      return parent?.resolvedPath !== undefined && isSamePath("win32", parent.resolvedPath, parentPath);
    },
  );
}

/** An earlier move may have been cut off after the rename. @throws AlreadyExists when something else lies there */
async function isMovedAlready(disks: HostDisks, target: DiskTarget, newPath: string): Promise<boolean> {
  const [oldFile, newFile] = await Promise.all([disks.files.find(target.path), disks.files.find(newPath)]);
  if (newFile === undefined) {
    return false;
  }
  const isMoved = oldFile === undefined && (await isRecorded(disks, target, newPath));
  if (!isMoved) {
    throw new DiskError("AlreadyExists", {
      what: "there is a file at the new path",
      subject: newPath,
      remedy: "Nothing was overwritten. Choose another path, or move that file away.",
    });
  }
  return true;
}

async function isRecorded(disks: HostDisks, target: DiskTarget, path: string): Promise<boolean> {
  try {
    return isSameDisk(target.identity, (await inspectDisk(disks, path)).identity);
  } catch (error) {
    if (isContentError(error)) {
      return false;
    }
    throw error;
  }
}

function assertSameVolume(path: string, newPath: string): void {
  const [volume, newVolume] = [path, newPath].map((each) => normalizePath("win32", each).slice(0, 2).toUpperCase());
  if (volume !== newVolume) {
    throw new DiskError("NotSupported", {
      what: "a disk cannot be moved to another volume",
      subject: path,
      facts: { "new path": newPath },
      remedy: "Nothing was changed. Copy the file yourself, then declare the new path with adopt: true.",
    });
  }
}

/**
 * Reads a disk that was moved. Its parent is recorded anew where the way to it depended on the old place.
 *
 * @param parentPath where the parent lay before the move; `undefined` where an earlier run moved the disk
 */
async function inspectMoved(disks: HostDisks, path: string, parentPath: string | undefined): Promise<VirtualDiskInfo> {
  const disk = await inspectDisk(disks, path);
  const known = parentPath ?? disk.parent?.paths[0]?.path;
  if (disk.parent === undefined || disk.parent.resolvedPath !== undefined || known === undefined) {
    return disk;
  }
  await recordParent(disks, path, known);
  return inspectDisk(disks, path);
}

async function moveSidecars(disks: HostDisks, path: string, newPath: string): Promise<void> {
  for (const extension of SIDECAR_EXTENSIONS) {
    const sidecar = await disks.files.find(`${path}${extension}`);
    if (sidecar !== undefined) {
      await disks.files.rename(sidecar, `${newPath}${extension}`);
    }
  }
}

async function findSidecars(disks: HostDisks, path: string): Promise<HostFile[]> {
  const found = await Promise.all(SIDECAR_EXTENSIONS.map((extension) => disks.files.find(`${path}${extension}`)));
  return found.filter((file) => file !== undefined);
}

async function deleteFile(disks: HostDisks, file: HostFile): Promise<void> {
  try {
    await orDoneAlready(
      () => disks.files.delete(file),
      async () => (await disks.files.find(file.path)) === undefined,
    );
  } catch (error) {
    if (!isDiskError(error, "NotFound") || (await disks.files.find(file.path)) !== undefined) {
      throw error;
    }
  }
}
