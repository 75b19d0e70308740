import { flushFolder, unlinkIfPresent } from "./atomic-create";
import { link, lstat, remove, rename, unlink } from "./file-calls";
import { type LocalFile, exchangedMeanwhile, isSameLocalFile, lstatFile } from "./local-file";
import { toDiskError } from "./node-file";
import { sidecarPath } from "./sidecar";

/**
 * Deletes a file that was proven to be a disk, and no other one that may have taken its name since:
 * it gets a private name first, is looked at once more there, and goes.
 *
 * @param path the name to delete, which must be that of the file itself
 * @throws InUse when the name is a link or leads to another file by now; AccessDenied, IoFailed
 */
export async function removeFile(path: string, file: LocalFile): Promise<void> {
  const what = "the disk cannot be deleted";
  if (!isSameLocalFile(file, await lstatFile(path, what))) {
    throw exchangedMeanwhile(path);
  }
  const privatePath = sidecarPath(path, "deleted");
  try {
    await rename(path, privatePath);
    if (!isSameLocalFile(file, await lstat(privatePath))) {
      await link(privatePath, path);
      await unlink(privatePath);
      throw exchangedMeanwhile(path);
    }
    await remove(privatePath);
    await flushFolder(path);
  } catch (error) {
    throw toDiskError(error, what, path);
  }
}

/**
 * Removes what {@link removeFile} left behind where it was cut off. @param isDisk proves that it is
 * the disk
 */
export async function finishRemoval(
  path: string,
  isDisk: (privatePath: string) => Promise<boolean>,
): Promise<void> {
  const privatePath = sidecarPath(path, "deleted");
  if (await isDisk(privatePath)) {
    await unlinkIfPresent(privatePath);
  }
  await unlinkIfPresent(sidecarPath(path, "partial"));
}
