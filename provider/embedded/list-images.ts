import type { BigIntStats } from "node:fs";
import { opendir, readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { DiskError } from "../disk/errors";
import type { ImagesNear, RecordedParent } from "../disk/host";
import { SingleFlight } from "../disk/sync/single-flight";
import { stat } from "./file-calls";
import { type ImageNear, type KnownFiles, readImageNear, recallFiles } from "./image-near";
import { Memory } from "./memory";
import { toDiskError } from "./node-file";

/**
 * How many files and folders a search looks at before it gives up; a give-up is an error, never "no
 * children".
 */
const MAX_ENTRIES = 200_000;

/**
 * A folder of this length has a hundred thousand names or more, or had them once. Reading them all
 * at once could take more memory than there is.
 */
const LARGE_FOLDER_LENGTH_BYTES = 4 * 1024 * 1024;
const OPTIONS_FOR_MANY = { encoding: "latin1", bufferSize: 1024 } as const;

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

/**
 * A search waits for half as long as the last one took, so that deletions that come one shortly
 * after the other share it; at most this long.
 */
const MAX_PAUSE_MS = 10;
const PAUSE_PER_SEARCH = 0.5;

const searches = new SingleFlight<readonly ImagesNear[]>(async (root) => {
  const pauseMs = Math.min(MAX_PAUSE_MS, PAUSE_PER_SEARCH * (lastDurations.get(root) ?? 0));
  // Timers count whole milliseconds.
  if (pauseMs >= 1) {
    await sleep(pauseMs);
  }
});

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
export function listImages(folder: string): Promise<readonly ImagesNear[]> {
  return searches.share(folder, () => searchFolder(folder));
}

/** The state of one search. */
interface Search {
  readonly root: string;
  readonly beganAtMs: number;
  /** Since when what was seen needs no other look. */
  readonly trustedSinceMs: number;
  entryCount: number;
  /** How many of the entries were looked at, since no earlier search could tell what they are. */
  lookCount: number;
  /** Folders seen so far, so that links cannot lead in a circle. */
  readonly folders: Set<string>;
  /** The paths of the images found so far, by what they record of their parent. */
  readonly found: Map<RecordedParent, string[]>;
  /** Those that cannot be read. */
  readonly problems: ImagesNear[];
}

async function searchFolder(root: string): Promise<readonly ImagesNear[]> {
  const beganAtMs = performance.now();
  const trustedMs = Math.max(TRUSTED_MS, TRUSTED_PER_SEARCH * (lookDurations.get(root) ?? 0));
  const search: Search = {
    root,
    beganAtMs,
    trustedSinceMs: beganAtMs - trustedMs,
    entryCount: 0,
    lookCount: 0,
    folders: new Set(),
    found: new Map(),
    problems: [],
  };
  await visitFolder(search, Buffer.from(root).toString("latin1"), true);
  rememberDuration(search);
  return [...search.problems, ...[...search.found].map(([parent, paths]) => ({ parent, paths }))];
}

/** How long the last search that looked at most files of a folder took, in milliseconds. */
const lookDurations = new Memory<number>(1_000);

/** How long the last search of a folder took, whatever it looked at, in milliseconds. */
const lastDurations = new Memory<number>(1_000);

function rememberDuration({ root, beganAtMs, entryCount, lookCount }: Search): void {
  const durationMs = performance.now() - beganAtMs;
  lastDurations.set(root, durationMs);
  if (lookCount > entryCount / 2) {
    lookDurations.set(root, durationMs);
  }
}

/**
 * Most names in a large folder are known from the last search. Nothing is waited for, and no object
 * made, for these.
 *
 * @param path bytes, one a character, since names need not be text
 */
async function visitFolder(search: Search, path: string, isRoot: boolean): Promise<void> {
  const names = await listNames(search, path, isRoot);
  search.entryCount += names.length;
  assertWithinBudget(search);
  const files = recallFiles(path);
  const others: string[] = [];
  for (const name of names) {
    const seen = files.get(name);
    if (seen !== undefined && seen.seenAtMs > search.trustedSinceMs) {
      addImage(search, seen.image);
    } else {
      others.push(name);
    }
  }
  search.lookCount += others.length;
  const subfolders: string[] = [];
  for (let start = 0; start < others.length; start += FILES_AT_ONCE) {
    const turn = others.slice(start, start + FILES_AT_ONCE);
    const found = await Promise.all(turn.map((name) => lookAt(search, path, name, files)));
    subfolders.push(...turn.filter((_name, index) => found[index] === "folder"));
  }
  for (const subfolder of subfolders) {
    await visitFolder(search, `${path}/${subfolder}`, false);
  }
}

/**
 * @returns nothing for a folder that was removed meanwhile, that belongs to the system, or that was
 *   seen already
 */
async function listNames(
  search: Search,
  path: string,
  isRoot: boolean,
): Promise<readonly string[]> {
  const bytes = Buffer.from(path, "latin1");
  try {
    const { dev, ino, size } = await stat(bytes);
    const key = `${dev}:${ino}`;
    if (search.folders.has(key)) {
      return [];
    }
    search.folders.add(key);
    return size > LARGE_FOLDER_LENGTH_BYTES
      ? await listManyNames(bytes)
      : await readdir(bytes, { encoding: "latin1" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!isRoot && (code === "ENOENT" || isSystemFolder(path))) {
      return [];
    }
    const name = bytes.toString("utf8");
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw missingFolder(name, error);
    }
    throw toDiskError(error, "the folder cannot be searched for children of a disk", name);
  }
}

/** Reads the names bit by bit, and no more of them than a search looks at. */
async function listManyNames(folder: Buffer): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(folder, OPTIONS_FOR_MANY)) {
    names.push(name);
    if (names.length > MAX_ENTRIES) {
      break;
    }
  }
  return names;
}

/**
 * Looks at what has a name, links followed. Devices, FIFOs and sockets are never opened.
 *
 * @returns what is to be searched as well
 */
async function lookAt(
  search: Search,
  folder: string,
  name: string,
  files: KnownFiles,
): Promise<"folder" | undefined> {
  const path = Buffer.from(`${folder}/${name}`, "latin1");
  const stats = await examine(path, name);
  if (stats?.isFile() === true) {
    addImage(search, await readImageNear({ path, name, stats }, files, search.beganAtMs));
    return undefined;
  }
  files.delete(name);
  return stats?.isDirectory() === true ? "folder" : undefined;
}

/** @returns `undefined` for what is gone, and for a link that leads nowhere */
async function examine(path: Buffer, name: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(code) || isSystemFolder(name)) {
      return undefined;
    }
    throw toDiskError(
      error,
      "the file cannot be examined in the search for children of a disk",
      path.toString("utf8"),
    );
  }
}

function isSystemFolder(path: string): boolean {
  return SYSTEM_FOLDERS.has(path.slice(path.lastIndexOf("/") + 1));
}

function addImage(search: Search, image: ImageNear | undefined): void {
  if (image === undefined) {
    return;
  }
  const { path, parent, problem } = image;
  if (parent === undefined) {
    search.problems.push({ paths: [path], ...(problem === undefined ? {} : { problem }) });
    return;
  }
  const siblings = search.found.get(parent);
  if (siblings === undefined) {
    search.found.set(parent, [path]);
  } else {
    siblings.push(path);
  }
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
