import type { DiskTarget } from "../disk/backend";
import { isDiskError } from "../disk/errors";
import type { DiskHost, HostFile, IdentifiedDisk } from "../disk/host";
import { assertNoChildren } from "./children";
import type { Guard } from "./guarded-backend";
import { locateDisk } from "./locate-disk";
import { assertUnused, identifyRecorded } from "./proof";

/**
 * Deletes a recorded disk. One that another resource took over is left alone.
 *
 * @throws the codes of `DiskBackend.deleteDisk`
 */
export async function deleteDisk<File extends HostFile>(
  guard: Guard<File>,
  target: DiskTarget,
): Promise<void> {
  const places: string[] = [];
  let path: string | undefined = target.path;
  while (path !== undefined) {
    places.push(path);
    const at: DiskTarget = { ...target, path };
    const { movedPath, deleted } = await guard.locks.run(places, () => deleteAt(guard, at));
    for (const parentPath of deleted?.parent?.paths ?? []) {
      await guard.forgotten.forget(parentPath, at.path);
    }
    path = movedPath;
  }
}

/** What came of a deletion at one path. */
interface Deletion {
  /** The disk that was deleted; absent where none was. */
  readonly deleted?: IdentifiedDisk;
  /**
   * Where the disk is instead, as a move that was cut off leaves it: that place is to be locked as
   * well.
   */
  readonly movedPath?: string | undefined;
}

/** Deletes a disk at a path that is locked. */
async function deleteAt<File extends HostFile>(
  guard: Guard<File>,
  target: DiskTarget,
): Promise<Deletion> {
  const { host } = guard;
  const disk = await identifyIfPresent(host, target);
  if (disk === undefined) {
    const movedPath = await locateDisk(guard, target);
    if (movedPath === undefined) {
      await host.finishRemoval(target.path, target.identity);
    }
    return { movedPath };
  }
  const notes = await host.readNotes(disk);
  if (notes.adoptionId !== undefined && notes.adoptionId !== target.adoptionId) {
    return {};
  }
  await assertUnused(host, disk);
  await assertNoChildren(guard, disk, notes);
  await host.forgetMove(notes);
  await host.remove(disk);
  return { deleted: disk };
}

/** @returns `undefined` where nothing is at the path of the disk */
async function identifyIfPresent<File extends HostFile>(
  host: DiskHost<File>,
  target: DiskTarget,
): Promise<IdentifiedDisk<File> | undefined> {
  try {
    return await identifyRecorded(host, target);
  } catch (error) {
    if (!isDiskError(error, "NotFound")) {
      throw error;
    }
    return undefined;
  }
}
