import { randomBytes } from "node:crypto";
import { link, lstat, open, readdir, rename, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { DiskError } from "../disk/errors";
import { fileNameOf, folderOf } from "../disk/host-path";
import { type NodeFile, openNodeFile, toDiskError } from "./node-file";
import { LOCAL_PATH_STYLE, assertFolderExists } from "./disk-files";

const PARTIAL_SUFFIX = ".partial";

/** File systems without hard links say one of these. */
const NO_LINK_ERRORS: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/**
 * Makes a file that appears under its name only when it is complete and durable. Whatever fails or dies on the way, the
 * name stays free, and a file that has the name already is never touched.
 *
 * The content is written to a hidden neighbour, `.NAME.HOST-PROCESS-RANDOM.partial`. One that a killed process of this
 * host left behind is removed by the next creation of the same file.
 *
 * @param path the final name
 * @param write fills the empty file; the file is flushed and closed for it
 * @throws AlreadyExists, Unavailable (no such folder), IoFailed, AccessDenied, and what `write` throws
 */
export async function createAtomically(path: string, write: (file: NodeFile) => Promise<void>): Promise<void> {
  await assertFolderExists(path);
  await removeAbandonedPartials(path);
  await assertFree(path);
  const partialPath = partialPathOf(path);
  try {
    await writePartial(partialPath, write);
    await publish(partialPath, path);
    await flushFolder(path);
  } catch (error) {
    await unlink(partialPath).catch(() => undefined);
    throw toDiskError(error, "the disk cannot be created", path);
  }
}

/**
 * Gives a file a second name in the same volume unless that name is taken, then drops the first. At no point is there
 * no name, and at no point is another file replaced.
 *
 * @throws the error of the file system
 */
export async function renameWithoutReplacing(from: string, to: string): Promise<void> {
  await publish(from, to);
}

/** Makes a change of names in the folder of a file durable, where the platform can. */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === "win32") {
    // Windows flushes names with the file; folders cannot be opened there.
    return;
  }
  const folder = await open(folderOf(LOCAL_PATH_STYLE, path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The error for a path that is taken. */
export function alreadyExists(path: string, cause?: unknown): DiskError {
  return new DiskError("AlreadyExists", {
    what: "there is a file at the path of the new disk",
    subject: path,
    remedy:
      "Nothing was overwritten. Set adopt to true if it is the declared disk, choose another path, or move the file away.",
    cause,
  });
}

async function assertFree(path: string): Promise<void> {
  const taken = await lstat(path).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== "ENOENT",
  );
  if (taken) {
    throw alreadyExists(path);
  }
}

async function writePartial(partialPath: string, write: (file: NodeFile) => Promise<void>): Promise<void> {
  const file = await openNodeFile(partialPath, "create");
  try {
    await write(file);
    await file.flush();
  } finally {
    await file.close();
  }
}

async function publish(from: string, to: string): Promise<void> {
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
    await publishWithoutLinks(from, to);
    return;
  }
  await unlink(from);
}

/** Reserves the name with an empty file, which fails where it is taken, and replaces that file. */
async function publishWithoutLinks(from: string, to: string): Promise<void> {
  const reservation = await open(to, "wx").catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? alreadyExists(to, error) : error;
  });
  await reservation.close();
  try {
    await rename(from, to);
  } catch (error) {
    await unlink(to).catch(() => undefined);
    throw error;
  }
}

function partialPathOf(path: string): string {
  const marker = `${hostMarker()}-${process.pid}-${randomBytes(4).toString("hex")}`;
  return folderFile(path, `.${fileNameOf(path)}.${marker}${PARTIAL_SUFFIX}`);
}

/** Removes what killed processes of this host left behind while they made the disk at this path. */
export async function removeAbandonedPartials(path: string): Promise<void> {
  const prefix = `.${fileNameOf(path)}.${hostMarker()}-`;
  const names = await readdir(folderOf(LOCAL_PATH_STYLE, path));
  for (const name of names) {
    const owner =
      name.startsWith(prefix) && name.endsWith(PARTIAL_SUFFIX) ? parseInt(name.slice(prefix.length), 10) : NaN;
    if (Number.isInteger(owner) && !isAlive(owner)) {
      await unlink(folderFile(path, name)).catch(() => undefined);
    }
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function hostMarker(): string {
  return hostname().replaceAll(/[^A-Za-z0-9]/g, "_");
}

function folderFile(path: string, name: string): string {
  return path.slice(0, path.length - fileNameOf(path).length) + name;
}
