import type { Dirent } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { DiskError } from "../disk/errors";
import type { ImageNear } from "../disk/host";
import { SingleFlight } from "../disk/sync/single-flight";
import { type SearchTimes, readImageNear } from "./image-near";
import { Memory } from "./memory";
import { toDiskError } from "./node-file";
import { isSidecarName } from "./sidecar";

/**
 * How many files and folders a search looks at before it gives up; a give-up is an error, never "no
 * children".
 */
const MAX_ENTRIES = 200_000;

/** How many names are read from a folder at once: a bound on memory, whatever is in it. */
const ENTRIES_AT_ONCE = 1_024;

/** How many files are looked at together. */
const FILES_AT_ONCE = 32;

/**
 * Folders that every volume has and only the system may read: what is in there has lost its name,
 * or was deleted.
 */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set([
  "lost+found",
  "System Volume Information",
  "$RECYCLE.BIN",
]);

/**
 * For so long a file that a search looked at counts as unchanged for the next search. New names are
 * always seen; what is not seen is a file that other software turns into a child in place, within
 * this time.
 */
const TRUSTED_MS = 1_000;

/**
 * Searches of large folders trust longer, so that no more than a twentieth of the time goes into
 * looking.
 */
const TRUSTED_PER_SEARCH = 20;

const searches = new SingleFlight<readonly ImageNear[]>();

/**
 * Finds the differencing disks in a folder and everything below it, as it is after the call: by
 * content, whatever their names say, and through linked folders. What looks like an image and
 * cannot be read is among the results, with the reason.
 *
 * Deleting many disks of one folder at the same time shares searches: each would look at every file
 * otherwise.
 *
 * @param folder a full path
 * @throws AccessDenied, Unavailable or IoFailed where not everything can be searched
 */
export function listImages(folder: string): Promise<readonly ImageNear[]> {
  return searches.share(folder, () => searchFolder(folder));
}

/** The state of one search. */
interface Search extends SearchTimes {
  readonly root: string;
  entryCount: number;
  /** Folders seen so far, so that links cannot lead in a circle. */
  readonly folders: Set<string>;
  readonly found: ImageNear[];
}

async function searchFolder(root: string): Promise<readonly ImageNear[]> {
  const beganAtMs = performance.now();
  const trustedMs = Math.max(TRUSTED_MS, TRUSTED_PER_SEARCH * (durations.get(root) ?? 0));
  const trustedSinceMs = beganAtMs - trustedMs;
  const search: Search = {
    root,
    beganAtMs,
    trustedSinceMs,
    entryCount: 0,
    folders: new Set(),
    found: [],
  };
  await visitFolder(search, Buffer.from(root), true);
  rememberDuration(root, performance.now() - beganAtMs);
  return search.found;
}

/** How long the last complete look at all files of a folder took, in milliseconds. */
const durations = new Memory<number>(1_000);

function rememberDuration(root: string, durationMs: number): void {
  durations.set(root, Math.max(durationMs, (durations.get(root) ?? 0) / 2));
}

/** @param path bytes, since names need not be text */
async function visitFolder(search: Search, path: Buffer, isRoot: boolean): Promise<void> {
  const folder = await openFolder(path, isRoot);
  if (folder === undefined || search.folders.has(folder.key)) {
    return;
  }
  search.folders.add(folder.key);
  const subfolders: Buffer[] = [];
  let files: Buffer[] = [];
  for await (const entry of folder.entries) {
    search.entryCount += 1;
    assertWithinBudget(search);
    const entryPath = Buffer.concat([path, Buffer.from("/"), entry.name]);
    const kind = await kindOf(entry, entryPath);
    if (kind === "folder") {
      subfolders.push(entryPath);
    } else if (kind === "file" && !isSidecarName(entry.name.toString("latin1"))) {
      files.push(entryPath);
    }
    if (files.length >= FILES_AT_ONCE) {
      await readFiles(search, files);
      files = [];
    }
  }
  await readFiles(search, files);
  for (const subfolder of subfolders) {
    await visitFolder(search, subfolder, false);
  }
}

/**
 * @returns `undefined` for a folder that was removed meanwhile, and for one that belongs to the
 *   system
 */
async function openFolder(
  path: Buffer,
  isRoot: boolean,
): Promise<{ readonly key: string; readonly entries: AsyncIterable<Dirent<Buffer>> } | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    const entries = await opendir(path, {
      encoding: "buffer" as BufferEncoding,
      bufferSize: ENTRIES_AT_ONCE,
    });
    return { key: `${dev}:${ino}`, entries: entries as unknown as AsyncIterable<Dirent<Buffer>> };
  } catch (error) {
    const name = path.toString("utf8");
    const { code } = error as NodeJS.ErrnoException;
    if (
      !isRoot &&
      (code === "ENOENT" || SYSTEM_FOLDERS.has(name.slice(name.lastIndexOf("/") + 1)))
    ) {
      return undefined;
    }
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw missingFolder(name, error);
    }
    throw toDiskError(error, "the folder cannot be searched for children of a disk", name);
  }
}

/** What an entry is, links followed; a link that leads nowhere is nothing. */
async function kindOf(entry: Dirent<Buffer>, path: Buffer): Promise<"file" | "folder" | "other"> {
  if (entry.isFile()) {
    return "file";
  }
  if (entry.isDirectory()) {
    return "folder";
  }
  if (entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice()) {
    return "other";
  }
  try {
    const target = await stat(path);
    if (target.isDirectory()) {
      return "folder";
    }
    return target.isFile() ? "file" : "other";
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(String((error as NodeJS.ErrnoException).code))) {
      return "other";
    }
    throw toDiskError(
      error,
      "a link cannot be followed in the search for children of a disk",
      path.toString("utf8"),
    );
  }
}

async function readFiles(search: Search, files: readonly Buffer[]): Promise<void> {
  const images = await Promise.all(files.map((file) => readImageNear(file, search)));
  search.found.push(...images.filter((image) => image !== undefined));
}

function assertWithinBudget({ root, entryCount }: Search): void {
  if (entryCount > MAX_ENTRIES) {
    throw new DiskError("Unavailable", {
      what: `the search for children of a disk found more than ${MAX_ENTRIES} files`,
      subject: root,
      remedy: "Nothing was changed. Keep disks in a separate folder.",
    });
  }
}

function missingFolder(path: string, cause: unknown): DiskError {
  return new DiskError("Unavailable", {
    what: "a folder to search for children of a disk is missing",
    subject: path,
    remedy:
      "Nothing was changed. Mount its volume, or correct vhd:searchFolders: a list of full " +
      "paths, one per folder.",
    cause,
  });
}
