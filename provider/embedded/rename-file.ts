import { basename } from "node:path";
import { createOtherVolumeError } from "../disk/rules/volumes";
import { assertFolderExists } from "./disk-files";
import { flushFolder, linkWithoutReplacing } from "./atomic-create";
import { lstat, unlink } from "./file-calls";
import {
  type LocalFile,
  exchangedMeanwhile,
  folderIdOf,
  isSameLocalFile,
  lstatFile,
} from "./local-file";
import { toDiskError } from "./node-file";
import { appendTrace, moveTrace } from "./trace-file";

/**
 * Gives a file another name on its volume, never replacing one. Both names are there while
 * `whileBoth` runs, so that a process that dies at any moment leaves the disk under a name at which
 * the next run finds it.
 *
 * @param path the present name, of the file itself
 * @throws AlreadyExists, NotSupported (another volume), Unavailable (no such folder), InUse,
 *   AccessDenied, IoFailed
 */
export async function renameFile(
  path: string,
  newPath: string,
  file: LocalFile,
  whileBoth: () => Promise<void>,
): Promise<void> {
  const what = "the disk cannot be moved";
  if (!isSameLocalFile(file, await lstatFile(path, what))) {
    throw exchangedMeanwhile(path);
  }
  try {
    if (!(await isOtherName(path, newPath, file))) {
      await assertFolderExists(newPath);
      await linkWithoutReplacing(path, newPath);
      await flushFolder(newPath);
    }
    await whileBoth();
    await moveTrace(path, newPath);
    await appendTrace(newPath, { movedFrom: path });
    await appendTrace(path, { movedTo: newPath });
    await unlinkFirstName(path, file);
    await flushFolder(path);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EXDEV"
      ? createOtherVolumeError(path, newPath, error)
      : toDiskError(error, what, path);
  }
}

/**
 * Tells whether a path is a second name of a file: not another way to the same name, through a
 * linked folder, another mount or another case.
 */
export async function isOtherName(
  path: string,
  newPath: string,
  file: LocalFile,
): Promise<boolean> {
  const found = await lstat(newPath).catch(() => undefined);
  if (found === undefined || found.nlink < 2n || !isSameLocalFile(file, found)) {
    return false;
  }
  const [folder, newFolder] = await Promise.all([folderIdOf(path), folderIdOf(newPath)]);
  return folder !== newFolder || basename(path).toUpperCase() !== basename(newPath).toUpperCase();
}

/** The file must have another name by now: its last one never goes. */
async function unlinkFirstName(path: string, file: LocalFile): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      // The file system has no second names, and the first one is gone already.
      return undefined;
    }
    throw error;
  });
  if (found === undefined) {
    return;
  }
  if (!isSameLocalFile(file, found) || found.nlink < 2n) {
    throw exchangedMeanwhile(path);
  }
  await unlink(path);
}
