import type { CreateDifferencingRequest, CreateDiskRequest } from "../../disk/backend";
import type { VirtualDiskInfo } from "../../disk/disk";
import { assertFitsParent } from "../../disk/rules/parent-fit";
import { DiskError, isDiskError } from "../../disk/errors";
import { isSamePath, pathKey } from "../../disk/host-path";
import { isOutcomeUnknown } from "../cim/cim-failure";
import type { HostDisks } from "./host-disks";
import { isDrivePath } from "./host-files";
import { inspectDisk, parentNotFound, readChain } from "./read-chain";
import { orDoneAlready, retryWhileBusy } from "../service/retry";
import type { NewDiskSettings } from "../service/setting-data";
import type { SharedAnswers } from "../../disk/turns";

/**
 * Proves that the parent of a disk to be made, and everything below it, is sound and fits, before anything is written.
 *
 * @param parents lets disks that are made over one parent at the same time share the proof
 * @throws the codes of `DiskBackend.readChain`, naming the parent; ParentMismatch, OutOfRange, NotSupported
 */
export async function checkParent(
  disks: HostDisks,
  request: CreateDifferencingRequest,
  parents: SharedAnswers<readonly VirtualDiskInfo[]>,
): Promise<void> {
  const { parentPath } = request;
  let parent: VirtualDiskInfo | undefined;
  try {
    [parent] = await parents.get(pathKey("win32", parentPath), () => readChain(disks, parentPath));
  } catch (error) {
    throw isDiskError(error, "NotFound") ? parentNotFound(parentPath, request.path, error) : error;
  }
  if (parent !== undefined) {
    assertFitsParent(request, parent);
  }
}

/**
 * Makes a disk and reads it back. Whatever happens on the way, nothing is left under the path but the whole disk.
 *
 * @param inTurn runs the step that other disks over the same parent must wait for
 * @throws the codes of `DiskBackend.createDisk`; PartialCreate where a disk was made that is not the declared one and
 * cannot be removed
 */
export async function createDisk(
  disks: HostDisks,
  request: CreateDiskRequest,
  inTurn: (make: () => Promise<void>) => Promise<void>,
): Promise<VirtualDiskInfo> {
  await assertFree(disks, request.path);
  await inTurn(() => makeOnce(disks, request));
  try {
    return await finish(disks, request);
  } catch (error) {
    throw await removeUnfinished(disks, request.path, error);
  }
}

/** @throws AlreadyExists; Unavailable when the folder is not there */
async function assertFree(disks: HostDisks, path: string): Promise<void> {
  const [file] = await Promise.all([disks.files.find(path), disks.files.assertFolderOf(path)]);
  if (file !== undefined) {
    throw new DiskError("AlreadyExists", {
      what: "there is a file at this path",
      subject: path,
      remedy: "Nothing was overwritten. Choose another path, move the file away, or take it over with adopt: true.",
    });
  }
}

/**
 * Has the host make the disk. A call whose outcome is not known is repeated once at most, and only where the host shows
 * that nothing was made.
 */
async function makeOnce(disks: HostDisks, request: CreateDiskRequest): Promise<void> {
  const service = await disks.openService();
  const make = (): Promise<void> =>
    retryWhileBusy(disks.host.clock, () => service.createVirtualHardDisk(toSettings(request)));
  try {
    await make();
  } catch (error) {
    if (!isOutcomeUnknown(error)) {
      throw isDiskError(error, "NotFound") ? missingMeanwhile(request.path, error) : error;
    }
    if (await wasMade(disks, request, error)) {
      return;
    }
    await make().catch(async (second: unknown) => {
      if (!isDiskError(second, "AlreadyExists") || !(await wasMade(disks, request, second))) {
        throw second;
      }
    });
  }
}

/**
 * Tells what became of a call whose outcome is not known. The path was free before it.
 *
 * @returns whether the disk is there, and is what was asked for; false only where it is proven that nothing is there and
 * nothing is under way
 * @throws `cause` where that cannot be told
 */
async function wasMade(disks: HostDisks, request: CreateDiskRequest, cause: unknown): Promise<boolean> {
  try {
    const disk = await retryWhileBusy(disks.host.clock, () => inspectDisk(disks, request.path));
    if (listDifferences(request, disk).length === 0) {
      return true;
    }
  } catch (error) {
    if (isDiskError(error, "NotFound") && !isDiskError(cause, "Timeout")) {
      return false;
    }
  }
  throw cause;
}

/** Brings the new disk to its declared size, and proves by reading it back that it is what was asked for. */
async function finish(disks: HostDisks, request: CreateDiskRequest): Promise<VirtualDiskInfo> {
  let disk = await inspectNew(disks, request.path);
  if (request.type === "differencing" && request.sizeBytes !== undefined && request.sizeBytes > disk.sizeBytes) {
    // The host gives a new child the size of its parent, and no other.
    await grow(disks, request.path, request.sizeBytes);
    disk = await inspectNew(disks, request.path);
  }
  const differences = listDifferences(request, disk);
  if (differences.length > 0 && !(await isSameParentFile(disks, request, disk))) {
    throw new DiskError("JobFailed", {
      what: `the host made another disk than it was asked for: ${differences.join("; ")}`,
      subject: request.path,
      remedy: "The disk was removed again. Report this together with the Windows version of the host.",
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
    return await retryWhileBusy(disks.host.clock, () => inspectDisk(disks, path));
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      throw new DiskError("JobFailed", {
        what: "the host reported success, and there is no disk",
        subject: path,
        remedy: "Look into the event log of the host, then try again.",
        cause: error,
      });
    }
    throw error;
  }
}

/** In which ways a disk is not what was asked for, as clauses. */
function listDifferences(request: CreateDiskRequest, disk: VirtualDiskInfo): string[] {
  const differences: string[] = [];
  if (disk.format !== request.format || disk.type !== request.type) {
    differences.push(`it is a ${disk.type} ${disk.format}, not a ${request.type} ${request.format}`);
  }
  if (request.type !== "differencing" && disk.sizeBytes !== request.sizeBytes) {
    differences.push(`it has ${disk.sizeBytes} bytes, not ${request.sizeBytes}`);
  }
  if (request.type === "differencing") {
    const parentPath = disk.parent?.resolvedPath;
    if (parentPath === undefined || !isSamePath("win32", parentPath, request.parentPath)) {
      differences.push(`its parent is ${parentPath ?? "not found"}, not ${request.parentPath}`);
    }
  }
  return differences;
}

/** A host may record the parent under another spelling, for example behind a link. The file decides. */
async function isSameParentFile(disks: HostDisks, request: CreateDiskRequest, disk: VirtualDiskInfo): Promise<boolean> {
  const parentPath = disk.parent?.resolvedPath;
  if (request.type !== "differencing" || disk.type !== "differencing" || parentPath === undefined) {
    return false;
  }
  if (!isDrivePath(parentPath) || !isDrivePath(request.parentPath)) {
    return false;
  }
  const [recorded, asked] = await Promise.all([disks.files.find(parentPath), disks.files.find(request.parentPath)]);
  return recorded?.fileId !== undefined && recorded.fileId === asked?.fileId && recorded.sizeBytes === asked.sizeBytes;
}

/** Removes a disk that was made just now, at a path that was free before, and that did not become what it should. */
async function removeUnfinished(disks: HostDisks, path: string, cause: unknown): Promise<unknown> {
  try {
    const file = await disks.files.find(path);
    if (file !== undefined) {
      await disks.files.delete(file);
    }
    return cause;
  } catch (error) {
    return new DiskError("PartialCreate", {
      what: `a disk was made, but not finished, and could not be removed: ${(error as Error).message}`,
      subject: path,
      remedy: "Remove the file by hand, then try again.",
      cause,
    });
  }
}

function missingMeanwhile(path: string, cause: unknown): DiskError {
  return new DiskError("Unavailable", {
    what: "the host no longer finds the folder or the parent of the disk",
    subject: path,
    remedy: "Nothing was written. Bring the volume online, then try again.",
    cause,
  });
}

function toSettings(request: CreateDiskRequest): NewDiskSettings {
  const { path, format, type, blockSizeBytes } = request;
  if (request.type === "differencing") {
    return { path, format, type, parentPath: request.parentPath, blockSizeBytes };
  }
  const { sizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes } = request;
  return { path, format, type, sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes };
}
