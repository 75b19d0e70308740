import type { CreateDiskRequest } from "../../disk/backend";
import type { VirtualDiskInfo } from "../../disk/disk";
import { DiskError, isDiskError } from "../../disk/errors";
import { isSamePath } from "../../disk/host-path";
import { isOutcomeUnknown } from "../cim/cim-failure";
import { orDoneAlready, retryWhileBusy } from "../service/retry";
import type { NewDiskSettings } from "../service/setting-data";
import type { HostDisks } from "./host-disks";
import { assertDrivePath, folderMissing } from "./host-files";
import { describeDisk, observeDisk } from "./observe-disk";
import { createOwnId } from "./own-id";
import { leadsTo } from "./users";
import { wasCreatedSince } from "./created-since";

/**
 * Has the host make a disk and reads it back. Whatever happens on the way, nothing is left under
 * the path but the whole disk.
 *
 * The service never replaces a file, verifies the parent with all it depends on, and lets the disk
 * appear as its last step, so there is nothing to be done before `inLock` is called.
 *
 * @param inLock as `DiskHost.make`
 * @returns the disk as it was read back
 * @throws the codes of `DiskHost.make`; PartialCreate where a disk was made that is not the
 *   declared one and cannot be removed
 */
export async function makeDisk(
  disks: HostDisks,
  request: CreateDiskRequest,
  inLock: (publish: () => Promise<void>) => Promise<void>,
): Promise<VirtualDiskInfo> {
  assertDrivePath(request.path);
  disks.recent.forget(request.path);
  const settings = toSettings(request);
  await inLock(() => makeOnce(disks, settings));
  try {
    return await finish(disks, request, settings);
  } catch (error) {
    throw await removeUnfinished(disks, request.path, error);
  }
}

/**
 * Has the host make the disk. A call whose outcome is not known is repeated once at most, and only
 * where the host shows that nothing was made.
 */
async function makeOnce(disks: HostDisks, settings: NewDiskSettings): Promise<void> {
  const { path } = settings;
  const make = (): Promise<void> =>
    retryWhileBusy(disks.host.clock, () => createWithId(disks, settings));
  const startedAt = disks.host.clock.now();
  try {
    await make();
  } catch (error) {
    if (!isOutcomeUnknown(error)) {
      throw isDiskError(error, "NotFound") ? folderMissing(path, error) : error;
    }
    if (await wasMade(disks, settings, startedAt, error)) {
      return;
    }
    await make().catch(async (second: unknown) => {
      if (
        !isDiskError(second, "AlreadyExists") ||
        !(await wasMade(disks, settings, startedAt, second))
      ) {
        throw second;
      }
    });
  }
}

/** A host that takes no id for a new disk gives it one; which one it has is read back. */
async function createWithId(disks: HostDisks, settings: NewDiskSettings): Promise<void> {
  const service = await disks.openService();
  try {
    await service.createVirtualHardDisk(settings);
  } catch (error) {
    if (settings.diskId === undefined || !isDiskError(error, "InvalidInput")) {
      throw error;
    }
    await service.createVirtualHardDisk({ ...settings, diskId: undefined });
  }
}

/**
 * Tells what became of a call whose outcome is not known.
 *
 * @returns whether the disk is there, is what was asked for, and was made by that call; false only
 *   where it is proven that nothing is there and nothing is under way
 * @throws `cause` where that cannot be told
 */
async function wasMade(
  disks: HostDisks,
  settings: NewDiskSettings,
  startedAt: number,
  cause: unknown,
): Promise<boolean> {
  try {
    const disk = await retryWhileBusy(disks.host.clock, () => inspect(disks, settings.path));
    const hasId = settings.diskId !== undefined && disk.identity.diskId === settings.diskId;
    const isSame = listDifferences(settings, disk).length === 0;
    if (isSame && (hasId || (await wasCreatedSince(disks.host, disk.identity.fileId, startedAt)))) {
      return true;
    }
  } catch (error) {
    if (isDiskError(error, "NotFound") && !isDiskError(cause, "Timeout")) {
      return false;
    }
  }
  throw cause;
}

/**
 * Brings the new disk to its declared size, and proves by reading it back that it is what was asked
 * for.
 */
async function finish(
  disks: HostDisks,
  request: CreateDiskRequest,
  settings: NewDiskSettings,
): Promise<VirtualDiskInfo> {
  let disk = await inspectNew(disks, request.path);
  if (
    request.type === "differencing" &&
    request.sizeBytes !== undefined &&
    request.sizeBytes > disk.sizeBytes
  ) {
    // The host gives a new child the size of its parent, and no other.
    await grow(disks, request.path, request.sizeBytes);
    disk = await inspectNew(disks, request.path);
  }
  const differences = listDifferences(settings, disk);
  if (differences.length > 0 && !(await isSameParentFile(disks, settings, disk))) {
    throw new DiskError("JobFailed", {
      what: `the host created a different disk than requested: ${differences.join("; ")}`,
      subject: request.path,
      remedy:
        "The disk was removed again. Report this together with the Windows version of the host.",
    });
  }
  return disk;
}

async function grow(disks: HostDisks, path: string, sizeBytes: number): Promise<void> {
  const service = await disks.openService();
  await orDoneAlready(
    () => service.resizeVirtualHardDisk(path, sizeBytes),
    async () => (await inspectNew(disks, path)).sizeBytes === sizeBytes,
  );
}

async function inspectNew(disks: HostDisks, path: string): Promise<VirtualDiskInfo> {
  try {
    return await retryWhileBusy(disks.host.clock, () => inspect(disks, path));
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      throw new DiskError("JobFailed", {
        what: "the host reported success, but there is no disk",
        subject: path,
        remedy: "Check the event log of the host, then try again.",
        cause: error,
      });
    }
    throw error;
  }
}

/** The chain of a disk that was made just now is sound: the host opened it to make the disk. */
async function inspect(disks: HostDisks, path: string): Promise<VirtualDiskInfo> {
  return describeDisk(disks, await observeDisk(disks, path), true);
}

/** In which ways a disk is not what was asked for, as clauses. */
function listDifferences(settings: NewDiskSettings, disk: VirtualDiskInfo): string[] {
  const differences: string[] = [];
  if (disk.format !== settings.format || disk.type !== settings.type) {
    differences.push(
      `it is a ${disk.type} ${disk.format}, not a ${settings.type} ${settings.format}`,
    );
  }
  if (settings.sizeBytes !== undefined && disk.sizeBytes !== settings.sizeBytes) {
    differences.push(`it has ${disk.sizeBytes} bytes, not ${settings.sizeBytes}`);
  }
  if (settings.parentPath !== undefined) {
    const parentPath = disk.parent?.resolvedPath;
    if (parentPath === undefined || !isSamePath("win32", parentPath, settings.parentPath)) {
      differences.push(`its parent is ${parentPath ?? "not found"}, not ${settings.parentPath}`);
    }
  }
  return differences;
}

/**
 * A host may record the parent under another spelling, for example behind a link. The file decides.
 */
async function isSameParentFile(
  disks: HostDisks,
  settings: NewDiskSettings,
  disk: VirtualDiskInfo,
): Promise<boolean> {
  const parentPath = disk.parent?.resolvedPath;
  if (
    settings.parentPath === undefined ||
    disk.type !== "differencing" ||
    parentPath === undefined
  ) {
    return false;
  }
  return leadsTo(disks, parentPath, await disks.files.find(settings.parentPath));
}

/** Removes a disk that was made just now and that did not become what it should. */
async function removeUnfinished(disks: HostDisks, path: string, cause: unknown): Promise<unknown> {
  try {
    disks.recent.forget(path);
    const file = await disks.files.find(path);
    if (file !== undefined) {
      await disks.files.delete(file);
    }
    return cause;
  } catch (error) {
    return new DiskError("PartialCreate", {
      what: `an incomplete disk was created and could not be removed: ${(error as Error).message}`,
      subject: path,
      remedy: "Remove the file by hand, then try again.",
      cause,
    });
  }
}

function toSettings(request: CreateDiskRequest): NewDiskSettings {
  const { path, format, type, blockSizeBytes } = request;
  if (request.type === "differencing") {
    return { path, format, type, parentPath: request.parentPath, blockSizeBytes };
  }
  const { sizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes, owner } = request;
  const diskId = createOwnId(owner);
  return {
    path,
    format,
    type,
    sizeBytes,
    blockSizeBytes,
    logicalSectorSizeBytes,
    physicalSectorSizeBytes,
    diskId,
  };
}
