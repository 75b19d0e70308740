import type { DiskTarget } from "../disk/backend";
import { DiskError, isDiskError } from "../disk/errors";
import type { DiskHost, DiskNotes, HostFile, IdentifiedDisk } from "../disk/host";
import { assertSameDisk } from "../disk/identity";

/**
 * Identifies the disk at a recorded path and proves that it is the recorded one.
 *
 * @throws NotFound (proven absence), AlreadyExists (a different disk), CorruptImage and
 *   UnsupportedImage (what is damaged cannot be recognised), and what else kept the host from
 *   telling
 */
export async function identifyRecorded<File extends HostFile>(
  host: DiskHost<File>,
  { path, identity }: DiskTarget,
): Promise<IdentifiedDisk<File>> {
  let disk: IdentifiedDisk<File>;
  try {
    disk = await host.identify(path);
  } catch (error) {
    throw isDiskError(error, "CorruptImage") || isDiskError(error, "UnsupportedImage")
      ? damaged(path, error)
      : error;
  }
  assertSameDisk(path, identity, disk.identity, { type: disk.type });
  return disk;
}

/**
 * Makes sure that no other resource took a disk over since it was recorded: it would be changed
 * under its new owner.
 *
 * @throws AlreadyExists
 */
export function assertNotTakenOver(
  disk: IdentifiedDisk,
  notes: DiskNotes,
  { adoptionId }: Pick<DiskTarget, "adoptionId">,
): void {
  if (notes.adoptionId !== undefined && notes.adoptionId !== adoptionId) {
    throw new DiskError("AlreadyExists", {
      what: "another resource adopted this disk since it was recorded, and owns it",
      subject: disk.path,
      remedy:
        "Nothing was changed. Remove this resource from the program, which leaves the disk " +
        "alone, or run `pulumi state delete`.",
    });
  }
}

/**
 * Makes sure that no machine and no program uses a disk.
 *
 * @throws InUse naming them; what kept the host from telling
 */
export async function assertUnused<File extends HostFile>(
  host: DiskHost<File>,
  disk: IdentifiedDisk<File>,
): Promise<void> {
  const users = await host.listUsers(disk);
  if (users.length > 0) {
    throw new DiskError("InUse", {
      what: "the disk is in use",
      subject: disk.path,
      facts: { "used by": users.slice(0, 5).join(", ") + (users.length > 5 ? ", …" : "") },
      remedy: "Nothing was changed. Detach the disk from what uses it, then run `pulumi up` again.",
    });
  }
}

function damaged(path: string, error: DiskError): DiskError {
  return new DiskError(error.code, {
    what: `the file at the path of the recorded disk is damaged: ${error.details.what}`,
    subject: path,
    facts: error.details.facts ?? {},
    remedy:
      "Nothing was changed. Restore the disk from a backup. If nothing in it is needed, delete " +
      "the file by hand, then run `pulumi refresh`.",
    cause: error,
  });
}
