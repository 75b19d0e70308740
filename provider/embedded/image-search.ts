import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DiskError, isDiskError } from "../disk/errors";
import { formatOfPath, pathKey } from "../disk/host-path";
import { SharedAnswers } from "../disk/turns";
import { openNodeFile, toDiskError } from "./node-file";
import { openImage } from "../image/open-image";
import { listParentPaths } from "../image/parent";
import { LOCAL_PATH_STYLE } from "./disk-files";

/** How many files and folders a search looks at before it gives up; a give-up is an error, never "no children". */
const MAX_ENTRIES = 200_000;

/** How many files are looked at together. */
const FILES_AT_ONCE = 32;

/** Folders that every volume has, that hold no disks, and that only the system may read. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(["lost+found", "System Volume Information", "$RECYCLE.BIN"]);

/** A differencing disk, and what it records of its parent. */
export interface DifferencingFile {
  readonly path: string;
  /** Accepted values of the parent's linkageId. */
  readonly linkageIds: readonly string[];
  /** Where the parent may lie, as `pathKey` writes it. */
  readonly parentKeys: ReadonlySet<string>;
}

/** What a file is known by as long as nobody writes to it. */
type FileVersion = string;

/** What was found so far, so that deleting many disks of one folder does not parse each of its files every time. */
const known = new Map<FileVersion, Promise<DifferencingFile | undefined>>();
const MAX_KNOWN = 20_000;

const searches = new SharedAnswers<readonly DifferencingFile[]>();

/**
 * Finds the differencing disks in a folder and everything below it, as it is after the call. Links to folders are not
 * followed; what is no readable image is left out.
 *
 * Deleting many disks of one folder at the same time shares searches: each would look at every file otherwise.
 *
 * @param folder a full path
 * @throws AccessDenied, Unavailable or IoFailed where not everything can be searched
 */
export function findDifferencingFiles(folder: string): Promise<readonly DifferencingFile[]> {
  return searches.get(folder, () => searchFolder(folder));
}

async function searchFolder(folder: string): Promise<readonly DifferencingFile[]> {
  const paths: string[] = [];
  await listImages(folder, paths, { entries: 0 });
  const found: DifferencingFile[] = [];
  for (let start = 0; start < paths.length; start += FILES_AT_ONCE) {
    const files = await Promise.all(paths.slice(start, start + FILES_AT_ONCE).map(readDifferencing));
    found.push(...files.filter((file) => file !== undefined));
  }
  return found;
}

/** Appends all files with the extension of a disk in a folder and below it. */
async function listImages(folder: string, paths: string[], budget: { entries: number }): Promise<void> {
  for (const entry of await listFolder(folder)) {
    budget.entries += 1;
    if (budget.entries > MAX_ENTRIES) {
      throw new DiskError("Unavailable", {
        what: `the search for children of a disk met more than ${MAX_ENTRIES} files`,
        subject: folder,
        remedy: "Keep disks in a folder of their own.",
      });
    }
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SYSTEM_FOLDERS.has(entry.name)) {
      await listImages(path, paths, budget);
    } else if (!entry.isDirectory() && formatOfPath(entry.name) !== undefined) {
      paths.push(path);
    }
  }
}

async function listFolder(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      // Removed while the search was under way.
      return [];
    }
    throw toDiskError(error, "the folder cannot be searched for children of a disk", folder);
  }
}

/** @returns `undefined` for a disk without parent and for what is no readable image */
async function readDifferencing(path: string): Promise<DifferencingFile | undefined> {
  const version = await readVersion(path);
  if (version === undefined) {
    return undefined;
  }
  const present = known.get(version);
  if (present !== undefined) {
    return present;
  }
  if (known.size >= MAX_KNOWN) {
    known.clear();
  }
  const reading = parseDifferencing(path);
  known.set(version, reading);
  // Access may be given, and a volume mounted, without the file changing.
  reading.catch(() => known.delete(version));
  return reading;
}

async function parseDifferencing(path: string): Promise<DifferencingFile | undefined> {
  try {
    const image = await openImage(await openNodeFile(path, "read"));
    await image.close();
    const locator = image.properties.parentLocator;
    if (locator === undefined) {
      return undefined;
    }
    const parentPaths = listParentPaths(LOCAL_PATH_STYLE, path, locator);
    const parentKeys = new Set(parentPaths.map((parentPath) => pathKey(LOCAL_PATH_STYLE, parentPath)));
    return { path, linkageIds: locator.linkageIds, parentKeys };
  } catch (error) {
    if (
      isDiskError(error, "CorruptImage") ||
      isDiskError(error, "UnsupportedImage") ||
      isDiskError(error, "NotFound")
    ) {
      return undefined;
    }
    throw error;
  }
}

async function readVersion(path: string): Promise<FileVersion | undefined> {
  return stat(path, { bigint: true }).then(
    (file) => `${path} ${file.dev} ${file.ino} ${file.size} ${file.mtimeNs}`,
    () => undefined,
  );
}
