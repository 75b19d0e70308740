import { DiskError } from "../disk/errors";
import type { ImageHead } from "../image/disk-image";
import type { ChainLink } from "../image/parent";
import { stat } from "./file-calls";
import { toDiskError } from "./node-file";

/**
 * A text that changes with every write to one of the files behind an answer, as far as the file
 * system shows: a program that writes through a memory mapping shows only when the kernel writes
 * its pages back.
 *
 * @param links the disks that the answer is read from
 * @throws IoFailed, AccessDenied
 */
export async function readFingerprint(links: readonly ChainLink<ImageHead>[]): Promise<string> {
  const parts = links.map(async ({ path, image }) => {
    try {
      const file = await stat(path);
      // Programs that put the modification time back cannot put the change time back.
      return [image.properties.linkageId, file.ino, file.size, file.mtimeNs, file.ctimeNs].join(
        ":",
      );
    } catch (error) {
      throw toDiskError(error, "the disk was moved or deleted while it was being read", path);
    }
  });
  return (await Promise.all(parts)).join("/");
}

/**
 * The error for an answer whose files were written to meanwhile. @param what was read, such as
 * `changes`
 */
export function writtenMeanwhile(path: string, what: string): DiskError {
  return new DiskError("InUse", {
    what:
      `the disk was written to while its ${what} was read, so the result would mix two points in ` +
      "time",
    subject: path,
    remedy:
      "Detach the disk, or query a copy or a checkpoint of it, then start again from the " +
      "beginning.",
  });
}
