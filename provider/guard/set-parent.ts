import type { DiskTarget } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError } from "../disk/errors";
import type { HostFile } from "../disk/host";
import { isSamePath } from "../disk/host-path";
import type { Guard } from "./guarded-backend";
import { assertNoCycle, identifyUnchanged, proveParent } from "./parent";
import { assertNotTakenOver, assertUnused, identifyRecorded } from "./proof";

/** @throws the codes of `DiskBackend.setParent` */
export async function setParent<File extends HostFile>(
  guard: Guard<File>,
  target: DiskTarget,
  parentPath: string,
): Promise<VirtualDiskInfo> {
  const { host, locks } = guard;
  let formerPath: string | undefined;
  const disk = await locks.run([target.path, parentPath], async () => {
    const found = await identifyRecorded(host, target);
    const notes = await host.readNotes(found);
    assertNotTakenOver(found, notes, target);
    await host.forgetMove(notes);
    const child = await host.describe(target.path);
    await assertUnused(host, found);
    const chain = await proveParent(guard, parentPath, target.path);
    const [parent] = chain;
    await assertNoCycle(host, target.path, chain);
    assertIsParent(child, parent);
    const oldPath = child.parent?.resolvedPath;
    if (oldPath !== undefined && isSamePath(host.pathStyle, oldPath, parentPath)) {
      return child;
    }
    const newParent = await identifyUnchanged(host, parent);
    await host.recordChildren(newParent, [target.path]);
    await host.writeParent(found, parent);
    if (oldPath !== undefined && !(await host.isSameFile(oldPath, newParent.file))) {
      formerPath = oldPath;
    }
    return host.describe(target.path);
  });
  // Two parents are never locked at once: another caller might wait for them in the other order.
  if (formerPath !== undefined) {
    await guard.forgotten.forget(formerPath, target.path);
  }
  return disk;
}

/**
 * Makes sure that a disk is the one that a child was made over. What the host does not tell, it
 * verifies by itself.
 *
 * @throws InvalidInput, ParentMismatch
 */
function assertIsParent(child: VirtualDiskInfo, parent: VirtualDiskInfo): void {
  if (child.parent === undefined) {
    throw new DiskError("InvalidInput", {
      what: "this disk is not a differencing disk, so it has no parent",
      subject: child.path,
      remedy: "Nothing was changed. Give the path of a differencing disk.",
    });
  }
  const problem = describeMismatch(child, child.parent.linkageIds, parent);
  if (problem !== undefined) {
    throw new DiskError("ParentMismatch", {
      what: `this disk is not the parent of ${child.path}: it ${problem}`,
      subject: parent.path,
      remedy:
        "Nothing was changed. Use the disk that the child was created over, unchanged since then.",
    });
  }
}

function describeMismatch(
  child: VirtualDiskInfo,
  linkageIds: readonly string[],
  parent: VirtualDiskInfo,
): string | undefined {
  if (parent.format !== child.format) {
    return `is a ${parent.format.toUpperCase()}, and the child a ${child.format.toUpperCase()}`;
  }
  if (
    parent.linkageId !== undefined &&
    linkageIds.length > 0 &&
    !linkageIds.includes(parent.linkageId)
  ) {
    return `has the identity ${parent.linkageId}, but the child expects ${linkageIds.join(" or ")}`;
  }
  if (parent.logicalSectorSizeBytes !== child.logicalSectorSizeBytes) {
    return (
      `has sectors of ${parent.logicalSectorSizeBytes} bytes, but the child has sectors of ` +
      `${child.logicalSectorSizeBytes}`
    );
  }
  return undefined;
}
