import { constants } from "node:fs";
import { DiskError, isDiskError } from "../disk/errors";
import { folderOf } from "../disk/host-path";
import { SingleFlight } from "../disk/sync/single-flight";
import { type NodeFile, openNodeFile, toDiskError } from "./node-file";
import { assertFolderExists } from "./disk-files";
import { create, link, lstatIfPresent, open, remove, rename, stat, unlink } from "./file-calls";
import { LOCAL_PATH_STYLE } from "./path-style";
import { sidecarPath } from "./sidecar";

/** File systems without hard links say one of these. */
const NO_LINK_ERRORS: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
]);

/** Disks that appear in one folder at the same time are made durable together. */
const flushes = new SingleFlight<void>();

/**
 * Makes a file that appears under its name only when it is complete and durable. Whatever fails or
 * dies on the way, the name stays free, and a file that has the name already is never touched.
 *
 * The content is written to a hidden neighbour with a fixed name. The caller holds the lock of the
 * place, so a neighbour that is there already was left behind by a process that died, and goes.
 *
 * @param path the final name
 * @param write fills the empty file and makes it durable; the file is closed for it
 * @param inLock calls its argument, which lets the file appear
 * @throws AlreadyExists, Unavailable (no such folder), IoFailed, AccessDenied, and what the two
 *   functions throw
 */
export async function createAtomically(
  path: string,
  write: (file: NodeFile) => Promise<void>,
  inLock: (publish: () => Promise<void>) => Promise<void> = (publish) => publish(),
): Promise<void> {
  const partialPath = sidecarPath(path, "partial");
  await assertFree(path);
  const file = await openPartial(path, partialPath);
  try {
    try {
      await write(file);
    } finally {
      await file.close();
    }
    await inLock(async () => {
      await linkWithoutReplacing(partialPath, path);
      await unlinkIfPresent(partialPath, unlink);
    });
    await flushFolder(path);
  } catch (error) {
    await unlinkIfPresent(partialPath).catch(() => undefined);
    throw toDiskError(error, "the disk cannot be created", path);
  }
}

/**
 * Gives a file a second name in the same volume unless that name is taken. Where the file system
 * has no second names, the file is renamed at once, and the first name is gone.
 *
 * @throws AlreadyExists, or the error of the file system
 */
export async function linkWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw alreadyExists(to, error);
    }
    if (!NO_LINK_ERRORS.has(code)) {
      throw error;
    }
    await renameWithoutLinks(from, to);
  }
}

/**
 * Removes a name; one that is gone is fine. @param removeName `unlink` where the file has another
 * name, and is not freed
 */
export async function unlinkIfPresent(path: string, removeName = remove): Promise<void> {
  try {
    await removeName(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
  }
}

/** Makes a change of names in the folder of a file durable, where the platform can. */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === "win32") {
    // Windows flushes names with the file; folders cannot be opened there.
    return;
  }
  const name = folderOf(LOCAL_PATH_STYLE, path);
  await flushes.share(name, async () => {
    const folder = await open(name, constants.O_RDONLY);
    try {
      await folder.flush();
    } finally {
      await folder.close();
    }
  });
}

/** The error for a path that is taken. */
function alreadyExists(path: string, cause?: unknown): DiskError {
  return new DiskError("AlreadyExists", {
    what: "there is a file at the path of the new disk",
    subject: path,
    remedy:
      "Nothing was overwritten. If the resource was renamed or moved in the program, give it " +
      "`aliases`. If the file is the declared disk and no other resource manages it, set adopt " +
      "to true. Otherwise choose another path.",
    cause,
  });
}

async function assertFree(path: string): Promise<void> {
  const found = await lstatIfPresent(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") {
      return undefined;
    }
    throw toDiskError(error, "the disk cannot be created", path);
  });
  if (found !== undefined) {
    throw alreadyExists(path);
  }
}

/** @throws Unavailable (no such folder), AccessDenied, IoFailed */
async function openPartial(path: string, partialPath: string): Promise<NodeFile> {
  try {
    return await openNodeFile(partialPath, "create");
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      await assertFolderExists(path);
    }
    if (!isDiskError(error, "AlreadyExists")) {
      throw error;
    }
    await remove(partialPath);
    return openNodeFile(partialPath, "create");
  }
}

/** Reserves the name with an empty file, which fails where it is taken, and replaces that file. */
async function renameWithoutLinks(from: string, to: string): Promise<void> {
  const reservation = await create(to, "wx").catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? alreadyExists(to, error) : error;
  });
  const { ino } = await reservation.stat();
  await reservation.close();
  try {
    await rename(from, to);
  } catch (error) {
    // Only the empty reservation goes, never what somebody put in its place.
    const found = await stat(to).catch(() => undefined);
    if (found?.ino === ino && found.size === 0n) {
      await unlink(to).catch(() => undefined);
    }
    throw error;
  }
}
