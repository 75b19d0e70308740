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
    path = await guard.locks.run(places, () => deleteAt(guard, at));
  }
}

/**
 * Deletes a disk at a path that is locked.
 *
 * @returns where the disk is instead, as a move that was cut off leaves it: that place is to be
 *   locked as well
 */
async function deleteAt<File extends HostFile>(
  guard: Guard<File>,
  target: DiskTarget,
): Promise<string | undefined> {
  const { host } = guard;
  const disk = await identifyIfPresent(host, target);
  if (disk === undefined) {
    const movedPath = await locateDisk(guard, target);
    if (movedPath === undefined) {
      await host.finishRemoval(target.path, target.identity);
    }
    return movedPath;
  }
  const adoptionId = await host.readAdoption(disk);
  if (adoptionId !== undefined && adoptionId !== target.adoptionId) {
    return undefined;
  }
  await assertUnused(host, disk);
  await assertNoChildren(guard, disk);
  await host.forgetMove(disk);
  await host.remove(disk);
  for (const parentPath of disk.parent?.paths ?? []) {
    await host.forgetChild(parentPath, disk.path);
  }
  return undefined;
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
