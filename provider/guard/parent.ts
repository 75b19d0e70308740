import type { VirtualDiskInfo } from "../disk/disk";
import { MAX_CHAIN_LENGTH, createChainCycleError, createChainTooDeepError } from "../disk/rules/chains";
import { DiskError, isDiskError } from "../disk/errors";
import type { DiskHost, HostFile } from "../disk/host";
import type { Guard } from "./guarded-backend";
import { assertUnused } from "./proof";

/** The disk that a child is to depend on, and all that one depends on: the parent first, the base last. */
export type ParentChain = readonly [VirtualDiskInfo, ...VirtualDiskInfo[]];

/**
 * Proves that a parent and all it depends on is sound and that nothing writes to the parent.
 *
 * @param childPath the disk that is to have this parent
 * @throws ParentNotFound, ChainTooDeep, ChainCycle, InUse, and the codes of `DiskBackend.readChain`
 */
export async function proveParent<File extends HostFile>(
  { host, chains }: Guard<File>,
  parentPath: string,
  childPath: string,
): Promise<ParentChain> {
  const [key, childKey] = await Promise.all([host.placeKey(parentPath), host.placeKey(childPath)]);
  if (key === childKey) {
    throw createChainCycleError([childPath, parentPath]);
  }
  try {
    const chain = await chains.share(key, async () => {
      const found = await host.describeChain(parentPath);
      await assertUnused(host, await host.identify(parentPath));
      return found;
    });
    await assertRoomFor(host, chain, childPath, childKey);
    return chain as ParentChain;
  } catch (error) {
    throw isDiskError(error, "NotFound") ? parentMissing(parentPath, childPath, error) : error;
  }
}

/**
 * Makes sure, while the place of a parent is locked, that the parent is still the one that was proven.
 *
 * @throws InUse
 */
export async function assertParentUnchanged<File extends HostFile>(
  host: DiskHost<File>,
  parent: VirtualDiskInfo,
): Promise<void> {
  const now = await host.identify(parent.path).catch((error: unknown) => {
    throw isDiskError(error, "NotFound") ? changedMeanwhile(parent.path, {}, error) : error;
  });
  const isSame = now.linkageId === parent.linkageId && now.identity.fileId === parent.identity.fileId;
  if (!isSame) {
    throw changedMeanwhile(parent.path, { "identity before": parent.linkageId, "identity now": now.linkageId });
  }
}

/** The error for a parent that something else touched while a child of it was made. */
export function changedMeanwhile(
  path: string,
  facts: Readonly<Record<string, string | undefined>>,
  cause?: unknown,
): DiskError {
  return new DiskError("InUse", {
    what: "the parent was written to, moved or deleted while its child was made",
    subject: path,
    facts,
    remedy: "Nothing was left behind. Make sure that nothing else works on the parent, then run `pulumi up` again.",
    cause,
  });
}

async function assertRoomFor(
  host: DiskHost,
  chain: readonly VirtualDiskInfo[],
  childPath: string,
  childKey: string,
): Promise<void> {
  if (chain.length >= MAX_CHAIN_LENGTH) {
    throw createChainTooDeepError(childPath);
  }
  const keys = await Promise.all(chain.slice(1).map((disk) => host.placeKey(disk.path)));
  if (keys.includes(childKey)) {
    throw createChainCycleError([childPath, ...chain.map((disk) => disk.path)]);
  }
}

function parentMissing(parentPath: string, childPath: string, cause: unknown): DiskError {
  return new DiskError("ParentNotFound", {
    what: "there is no parent disk at this path",
    subject: parentPath,
    facts: { child: childPath },
    remedy: "Nothing was changed. Correct parentPath, or create the parent first (`parentPath: parent.path`).",
    cause,
  });
}
