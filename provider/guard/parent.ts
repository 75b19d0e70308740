import type { VirtualDiskInfo } from "../disk/disk";
import {
  MAX_CHAIN_LENGTH,
  createChainCycleError,
  createChainTooDeepError,
} from "../disk/rules/chains";
import { DiskError, isDiskError } from "../disk/errors";
import type { DiskHost, HostFile, IdentifiedDisk } from "../disk/host";
import { pathKey } from "../disk/host-path";
import type { Guard } from "./guarded-backend";
import { assertUnused } from "./proof";

/**
 * The disk that a child is to depend on, and all that one depends on: the parent first, the base
 * last.
 */
export type ParentChain = readonly [VirtualDiskInfo, ...VirtualDiskInfo[]];

/**
 * Proves that a parent and all it depends on is sound and that nothing writes to the parent.
 *
 * @param childPath the disk that is to have this parent
 * @throws ParentNotFound, ChainTooDeep, InUse, and the codes of `DiskBackend.readChain`
 */
export async function proveParent<File extends HostFile>(
  { host, chains }: Guard<File>,
  parentPath: string,
  childPath: string,
): Promise<ParentChain> {
  try {
    const chain = await chains.share(pathKey(host.pathStyle, parentPath), async () => {
      const found = await host.describeChain(parentPath);
      await assertUnused(host, await host.identify(parentPath));
      return found;
    });
    if (chain.length >= MAX_CHAIN_LENGTH) {
      throw createChainTooDeepError(childPath);
    }
    return chain as ParentChain;
  } catch (error) {
    throw isDiskError(error, "NotFound") ? parentMissing(parentPath, childPath, error) : error;
  }
}

/**
 * Identifies, while its place is locked, a parent that was proven before, and makes sure that it is
 * still the same.
 *
 * @throws InUse
 */
export async function identifyUnchanged<File extends HostFile>(
  host: DiskHost<File>,
  parent: VirtualDiskInfo,
): Promise<IdentifiedDisk<File>> {
  const now = await host.identify(parent.path).catch((error: unknown) => {
    throw isDiskError(error, "NotFound") ? changedMeanwhile(parent.path, {}, error) : error;
  });
  const isSame =
    now.linkageId === parent.linkageId && now.identity.fileId === parent.identity.fileId;
  if (!isSame) {
    throw changedMeanwhile(parent.path, {
      "identity before": parent.linkageId,
      "identity now": now.linkageId,
    });
  }
  return now;
}

/**
 * Makes sure that a disk that exists is not among those that it is to depend on.
 *
 * @throws ChainCycle
 */
export async function assertNoCycle(
  host: DiskHost,
  childPath: string,
  chain: ParentChain,
): Promise<void> {
  const [childKey, ...keys] = await Promise.all(
    [childPath, ...chain.map((disk) => disk.path)].map((path) => host.placeKey(path)),
  );
  if (childKey !== undefined && keys.includes(childKey)) {
    throw createChainCycleError([childPath, ...chain.map((disk) => disk.path)]);
  }
}

/** The error for a parent that something else touched while a child of it was made. */
export function changedMeanwhile(
  path: string,
  facts: Readonly<Record<string, string | undefined>>,
  cause?: unknown,
): DiskError {
  return new DiskError("InUse", {
    what: "the parent was written to, moved or deleted while its child was being created",
    subject: path,
    facts,
    remedy:
      "Nothing was left behind. Make sure that nothing else uses the parent, then run `pulumi " +
      "up` again.",
    cause,
  });
}

function parentMissing(parentPath: string, childPath: string, cause: unknown): DiskError {
  return new DiskError("ParentNotFound", {
    what: "there is no parent disk at this path",
    subject: parentPath,
    facts: { child: childPath },
    remedy:
      "Nothing was changed. Correct parentPath, or create the parent first (`parentPath: " +
      "parent.path`).",
    cause,
  });
}
