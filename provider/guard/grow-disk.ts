import type { DiskTarget } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { assertCanGrow } from "../disk/rules/growth";
import { DiskError } from "../disk/errors";
import type { DiskNotes, HostFile, IdentifiedDisk } from "../disk/host";
import { findChildren, hasChildren } from "./children";
import type { Guard } from "./guarded-backend";
import { assertNotTakenOver, assertUnused, identifyRecorded } from "./proof";

/** @throws the codes of `DiskBackend.growDisk` */
export function growDisk<File extends HostFile>(
  guard: Guard<File>,
  target: DiskTarget,
  sizeBytes: number,
): Promise<VirtualDiskInfo> {
  const { host, locks } = guard;
  return locks.run([target.path], async () => {
    const disk = await identifyRecorded(host, target);
    const notes = await host.readNotes(disk);
    assertNotTakenOver(disk, notes, target);
    await host.forgetMove(notes);
    const present = await host.describe(target.path);
    if (present.sizeBytes === sizeBytes) {
      return present;
    }
    await assertUnused(host, disk);
    await assertMayGrow(guard, { disk, notes, present }, sizeBytes);
    await host.resize(disk, sizeBytes);
    return host.describe(target.path);
  });
}

/**
 * Makes sure that growing a disk breaks nothing.
 *
 * @param known what is known of the disk: which it is, what is recorded of it, and how it is
 * @throws OutOfRange, NotSupported, HasChildren, and what kept the host from telling
 */
export async function assertMayGrow<File extends HostFile>(
  guard: Guard<File>,
  {
    disk,
    notes,
    present,
  }: {
    readonly disk: IdentifiedDisk<File>;
    readonly notes: DiskNotes;
    readonly present: VirtualDiskInfo;
  },
  sizeBytes: number,
): Promise<void> {
  assertCanGrow(present, sizeBytes);
  const paths = await findChildren(guard, disk, notes);
  if (paths.length > 0) {
    throw hasChildren(disk.path, paths);
  }
  if (notes.tracePath !== undefined) {
    throw wasParent(disk.path, notes.tracePath);
  }
}

/**
 * A child that somebody moved or copied elsewhere by hand cannot be found, and growing its parent
 * would break it.
 */
function wasParent(path: string, tracePath: string): DiskError {
  return new DiskError("HasChildren", {
    what:
      "this disk is or was a parent, and growing it would break every child, or backup of a " +
      "child, that still exists",
    subject: path,
    facts: { trace: tracePath },
    remedy:
      "Nothing was changed. Create a new disk of the larger size, or grow the children instead. " +
      "If no child and no backup of one exists any more, delete the trace file, then run `pulumi " +
      "up` again.",
  });
}
