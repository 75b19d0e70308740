import type { VirtualDiskInfo } from "../../disk/disk";
import { DiskError, isDiskError } from "../../disk/errors";
import type { IdentifiedDisk } from "../../disk/host";
import { isSamePath } from "../../disk/host-path";
import { createOtherVolumeError } from "../../disk/rules/volumes";
import { orDoneAlready } from "../service/retry";
import type { HostDisks } from "./host-disks";
import { type SeenFile, assertDrivePath } from "./host-files";
import { volumeOf } from "./host-path-input";
import { type HypervFile, assertUnexchanged, identifyDisk } from "./identify-disk";
import { observeDisk } from "./observe-disk";
import { leadsTo } from "./users";

/** What change tracking keeps beside a disk. */
const SIDECAR_EXTENSIONS = [".rct", ".mrt"];

/** @throws the codes of `DiskHost.remove` */
export async function removeDisk(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
): Promise<void> {
  await changeFile(disks, disk, (file) => deleteFile(disks, file));
  await removeSidecars(disks, disk.path);
}

/**
 * Removes what change tracking kept beside a disk that is gone. @throws the codes of
 * `DiskHost.finishRemoval`
 */
export async function removeSidecars(disks: HostDisks, path: string): Promise<void> {
  const sidecars = await Promise.all(
    SIDECAR_EXTENSIONS.map((extension) => disks.files.find(path + extension)),
  );
  for (const sidecar of sidecars.filter((file) => file !== undefined)) {
    await deleteFile(disks, sidecar);
  }
}

/** @throws the codes of `DiskHost.rename` */
export async function renameDisk(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
  newPath: string,
  whileBoth: (moved: IdentifiedDisk<HypervFile>) => Promise<void>,
): Promise<void> {
  assertDrivePath(newPath);
  assertSameVolume(disk.path, newPath);
  // Tracking files go first: a move that is cut off behind them finds them at the new place when it
  // goes on.
  for (const extension of SIDECAR_EXTENSIONS) {
    const sidecar = await disks.files.find(disk.path + extension);
    if (sidecar !== undefined) {
      await renameFile(disks, sidecar, newPath + extension);
    }
  }
  await changeFile(disks, disk, (file) => renameFile(disks, file, newPath));
  disks.recent.forget(newPath);
  await whileBoth(await identifyDisk(disks, newPath));
}

/**
 * The service itself compares what the child records with the new parent.
 *
 * @throws the codes of `DiskHost.writeParent`
 */
export async function writeParent(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
  parent: VirtualDiskInfo,
): Promise<void> {
  const service = await disks.openService();
  await changeFile(disks, disk, () =>
    orDoneAlready(
      () => service.setParentVirtualHardDisk({ childPath: disk.path, parentPath: parent.path }),
      async () => {
        const { settings } = await observeDisk(disks, disk.path);
        return (
          settings.parentPath !== undefined && isSamePath("win32", settings.parentPath, parent.path)
        );
      },
    ),
  );
}

/** @throws the codes of `DiskHost.resize` */
export async function resizeDisk(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
  sizeBytes: number,
): Promise<void> {
  const service = await disks.openService();
  await changeFile(disks, disk, () =>
    orDoneAlready(
      () => service.resizeVirtualHardDisk(disk.path, sizeBytes),
      async () => (await observeDisk(disks, disk.path)).settings.sizeBytes === sizeBytes,
    ),
  );
}

/**
 * Does something to a disk, after its ids were read once more. What was seen of it before is
 * forgotten.
 */
async function changeFile(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
  change: (file: SeenFile) => Promise<void>,
): Promise<void> {
  const file = await assertUnexchanged(disks, disk);
  disks.recent.forget(disk.path);
  try {
    await change(file);
  } catch (error) {
    throw isDiskError(error, "InUse") ? await explainInUse(disks, disk.path, error) : error;
  } finally {
    disks.recent.forget(disk.path);
  }
}

/** Says who holds a disk, where the host itself has mounted it. */
async function explainInUse(disks: HostDisks, path: string, error: DiskError): Promise<DiskError> {
  const service = await disks.openService();
  const mounted = await service.findMountedStorageImageInstance(path).catch(() => undefined);
  if (mounted === undefined) {
    return error;
  }
  return new DiskError("InUse", {
    what: "the host has mounted the disk",
    subject: path,
    facts: error.details.facts ?? {},
    remedy: "Nothing was changed. Dismount it (Dismount-VHD), then try again.",
    cause: error,
  });
}

async function renameFile(disks: HostDisks, file: SeenFile, newPath: string): Promise<void> {
  await orDoneAlready(
    () => disks.files.rename(file, newPath),
    async () =>
      (await disks.files.find(file.path)) === undefined && (await leadsTo(disks, newPath, file)),
  );
}

async function deleteFile(disks: HostDisks, file: SeenFile): Promise<void> {
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

function assertSameVolume(path: string, newPath: string): void {
  if (volumeOf(path) !== volumeOf(newPath)) {
    throw createOtherVolumeError(path, newPath);
  }
}
