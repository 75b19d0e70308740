import type { VirtualDiskInfo } from "../../disk/disk";
import {
  MAX_CHAIN_LENGTH,
  createChainCycleError,
  createChainTooDeepError,
} from "../../disk/rules/chains";
import { DiskError, isDiskError } from "../../disk/errors";
import { isSamePath } from "../../disk/host-path";
import type { HostDisks } from "./host-disks";
import { type ObservedDisk, describeDisk, isContentError, observeDisk } from "./observe-disk";

/**
 * Reads one disk. Whether its parents are sound is told by the presence of `parent.resolvedPath`.
 *
 * @throws the codes of `DiskBackend.inspectDisk`
 */
export async function inspectDisk(disks: HostDisks, path: string): Promise<VirtualDiskInfo> {
  const observed = await observeDisk(disks, path);
  const objection = await findObjection(disks, observed);
  return describeDisk(disks, observed, objection === undefined);
}

/**
 * Reads a disk and all it depends on. The host itself verifies every link, as it opens the whole
 * chain at once.
 *
 * @throws the codes of `DiskBackend.readChain`
 */
export async function readChain(disks: HostDisks, path: string): Promise<VirtualDiskInfo[]> {
  const leaf = await observeDisk(disks, path);
  const objection = await findObjection(disks, leaf);
  if (objection !== undefined) {
    throw objection;
  }
  const chain = [await describeDisk(disks, leaf, true)];
  for (let parent = chain[0]?.parent; parent !== undefined; parent = chain.at(-1)?.parent) {
    const child = chain.at(-1)?.path ?? path;
    const parentPath = parent.resolvedPath ?? "";
    assertNewLink(chain, parentPath);
    chain.push(await describeParent(disks, parentPath, child));
  }
  return chain;
}

/**
 * Why the host cannot open the chain of a disk. @throws what has to do with the host rather than
 * with the disk
 */
async function findObjection(
  disks: HostDisks,
  { settings }: ObservedDisk,
): Promise<DiskError | undefined> {
  if (settings.type !== "differencing") {
    return undefined;
  }
  const service = await disks.openService();
  try {
    await service.validateVirtualHardDisk(settings.path);
    return undefined;
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return parentNotFound(settings.parentPath ?? "", settings.path, error);
    }
    if (
      isContentError(error) ||
      isDiskError(error, "InUse") ||
      isDiskError(error, "AccessDenied")
    ) {
      return error;
    }
    throw error;
  }
}

async function describeParent(
  disks: HostDisks,
  path: string,
  child: string,
): Promise<VirtualDiskInfo> {
  try {
    return await describeDisk(disks, await observeDisk(disks, path), true);
  } catch (error) {
    throw isDiskError(error, "NotFound") ? parentNotFound(path, child, error) : error;
  }
}

function assertNewLink(chain: readonly VirtualDiskInfo[], path: string): void {
  const paths = chain.map((disk) => disk.path);
  if (paths.some((known) => isSamePath("win32", known, path))) {
    throw createChainCycleError([...paths, path]);
  }
  if (paths.length >= MAX_CHAIN_LENGTH) {
    throw createChainTooDeepError(paths[0] ?? path);
  }
}

/** The error for a child whose parent is not where it should be. */
function parentNotFound(path: string, child: string, cause?: unknown): DiskError {
  return new DiskError("ParentNotFound", {
    what: "there is no parent disk at this path",
    subject: path,
    facts: { child },
    remedy: "Put the parent back, or set parentPath to where it is now.",
    cause,
  });
}
