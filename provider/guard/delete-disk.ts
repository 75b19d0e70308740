import type { DiskTarget } from "../disk/backend";
import { isDiskError } from "../disk/errors";
import type { HostFile, IdentifiedDisk } from "../disk/host";
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
  const { host, locks } = guard;
  const deleted = await locks.run([target.path], async () => {
    const disk = await identifyIfPresent(guard, target);
    if (disk === undefined) {
      await host.finishRemoval(target.path, target.identity);
      return undefined;
    }
    const notes = await host.readNotes(disk);
    if (notes.adoptionId !== undefined && notes.adoptionId !== target.adoptionId) {
      return undefined;
    }
    await assertUnused(host, disk);
    await assertNoChildren(guard, disk, notes);
    await host.forgetMove(notes);
    await host.remove(disk);
    return disk;
  });
  if (deleted !== undefined) {
    for (const parentPath of deleted.parent?.paths ?? []) {
      await guard.forgotten.forget(parentPath, deleted.path);
    }
  }
}

/** @returns `undefined` where the disk is proven to be gone */
async function identifyIfPresent<File extends HostFile>(
  guard: Guard<File>,
  target: DiskTarget,
): Promise<IdentifiedDisk<File> | undefined> {
  try {
    return await identifyRecorded(guard.host, target);
  } catch (error) {
    if (!isDiskError(error, "NotFound")) {
      throw error;
    }
    const path = await locateDisk(guard, target);
    return path === undefined ? undefined : identifyRecorded(guard.host, { ...target, path });
  }
}
