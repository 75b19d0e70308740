import type { DiskTarget, MoveOptions } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import type { DiskHost, HostFile, IdentifiedDisk } from "../disk/host";
import { folderOf } from "../disk/host-path";
import { isSameDisk } from "../disk/identity";
import { findChildren, hasChildren } from "./children";
import type { Guard } from "./guarded-backend";
import { changedMeanwhile, identifyUnchanged } from "./parent";
import { assertNotTakenOver, assertUnused, identifyRecorded } from "./proof";

/**
 * Gives a disk another path. Its parent is resolved before, and the very disk that was found is
 * recorded at the new place: another copy of the parent may be nearer there.
 *
 * @throws the codes of `DiskBackend.moveDisk`
 */
export async function moveDisk<File extends HostFile>(
  guard: Guard<File>,
  target: DiskTarget,
  newPath: string,
  { repointChildren = false, createFolder = false }: MoveOptions,
): Promise<VirtualDiskInfo> {
  const { host, locks } = guard;
  if ((await host.placeKey(target.path)) === (await host.placeKey(newPath))) {
    return locks.run([newPath], () => describeRespelled(host, target, newPath));
  }
  const children = repointChildren ? await listChildren(guard, target, newPath) : [];
  // With its parent locked as well, nobody can miss the disk who looks for children of the parent
  // meanwhile.
  const parents = await listParent(host, target.path);
  return locks.run([target.path, newPath, ...children, ...parents], async () => {
    const disk = await identifyAtOldPath(host, target, newPath);
    if (disk === undefined) {
      return host.describe(newPath);
    }
    const notes = await host.readNotes(disk);
    assertNotTakenOver(disk, notes, target);
    await host.forgetMove(notes);
    const parent = await resolveParent(host, disk);
    if (parent !== undefined && !parents.includes(parent.path)) {
      throw changedMeanwhile(parent.path, { child: target.path });
    }
    await assertUnused(host, disk);
    const present = await findChildren(guard, disk, notes);
    if (present.some((path) => !children.includes(path))) {
      throw hasChildren(disk.path, present);
    }
    await prepareFolder(host, newPath, createFolder);
    const followers = await Promise.all(present.map((path) => identifyFollower(host, path)));
    if (parent !== undefined) {
      await host.recordChildren(await identifyUnchanged(host, parent), [newPath]);
    }
    await host.rename(disk, newPath, async (moved) => {
      if (parent !== undefined) {
        await host.writeParent(moved, parent);
      }
      await repoint(host, followers, newPath);
    });
    if (parent !== undefined) {
      await host.forgetChildren(parent.path, [target.path]);
    }
    return host.describe(newPath);
  });
}

/**
 * The new path is another spelling of the present one: through a link, a mount or another case.
 * Nothing moves.
 */
async function describeRespelled<File extends HostFile>(
  host: DiskHost<File>,
  target: DiskTarget,
  newPath: string,
): Promise<VirtualDiskInfo> {
  await identifyRecorded(host, { ...target, path: newPath });
  return host.describe(newPath);
}

/** The parent to be locked together with its child. */
async function listParent(host: DiskHost, path: string): Promise<readonly string[]> {
  try {
    const { parent } = await host.describe(path);
    return parent?.resolvedPath === undefined ? [] : [parent.resolvedPath];
  } catch {
    // What is wrong shows when the disk is identified.
    return [];
  }
}

/** The children to be locked together with their parent. */
async function listChildren<File extends HostFile>(
  guard: Guard<File>,
  target: DiskTarget,
  newPath: string,
): Promise<readonly string[]> {
  for (const path of [target.path, newPath]) {
    try {
      const disk = await identifyRecorded(guard.host, { ...target, path });
      return await findChildren(guard, disk, await guard.host.readNotes(disk));
    } catch (error) {
      if (!isDiskError(error, "NotFound")) {
        throw error;
      }
    }
  }
  return [];
}

/**
 * Identifies the disk that is to be moved.
 *
 * @returns `undefined` where an earlier run moved it already
 * @throws AlreadyExists when something else has the new path; NotFound when the disk is at neither
 *   path
 */
async function identifyAtOldPath<File extends HostFile>(
  host: DiskHost<File>,
  target: DiskTarget,
  newPath: string,
): Promise<IdentifiedDisk<File> | undefined> {
  const place = await host.examinePlace(newPath);
  if (!place.isTaken) {
    return identifyRecorded(host, target);
  }
  const disk = await identifyRecorded(host, target).catch((error: unknown) => {
    if (isDiskError(error, "NotFound")) {
      return undefined;
    }
    throw error;
  });
  if (disk !== undefined && (await host.isSecondName(disk, newPath))) {
    return disk;
  }
  const other =
    disk === undefined ? await host.identify(newPath).catch(() => undefined) : undefined;
  if (other !== undefined && isSameDisk(target.identity, other.identity, { type: other.type })) {
    return undefined;
  }
  throw new DiskError("AlreadyExists", {
    what: "there is a file at the new path of the disk",
    subject: newPath,
    facts: { disk: target.path },
    remedy: "Nothing was changed. Choose another path, or move that file away.",
  });
}

/**
 * @returns the parent of a differencing disk. @throws where it cannot be found: then nothing could
 *   be recorded
 */
async function resolveParent<File extends HostFile>(
  host: DiskHost<File>,
  disk: IdentifiedDisk<File>,
): Promise<VirtualDiskInfo | undefined> {
  if (disk.type !== undefined && disk.type !== "differencing") {
    return undefined;
  }
  const [, parent] = await host.describeChain(disk.path);
  return parent;
}

async function identifyFollower<File extends HostFile>(
  host: DiskHost<File>,
  path: string,
): Promise<IdentifiedDisk<File>> {
  const child = await host.identify(path);
  await assertUnused(host, child);
  return child;
}

async function repoint<File extends HostFile>(
  host: DiskHost<File>,
  children: readonly IdentifiedDisk<File>[],
  parentPath: string,
): Promise<void> {
  if (children.length === 0) {
    return;
  }
  const parent = await host.describe(parentPath);
  for (const child of children) {
    await host.writeParent(child, parent);
  }
}

async function prepareFolder(
  host: DiskHost,
  newPath: string,
  createFolder: boolean,
): Promise<void> {
  if (createFolder) {
    await host.makeFolder(folderOf(host.pathStyle, newPath));
    return;
  }
  const place = await host.examinePlace(newPath);
  if (!place.hasFolder) {
    throw new DiskError("Unavailable", {
      what: "the folder of the new path is missing",
      subject: newPath,
      facts: { folder: place.folder },
      remedy:
        "Nothing was changed. Create the folder, bring its volume online, or set createFolder to " +
        "true.",
    });
  }
}
