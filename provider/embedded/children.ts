import { type BigIntStats, type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { folderOf, formatOfPath, isSamePath } from "../disk/host-path";
import type { ParentLocator } from "../image/disk-image";
import { openNodeFile, toDiskError } from "../image/node-file";
import { openImage } from "../image/open-image";
import { listParentPaths } from "../image/parent";
import { LOCAL_PATH_STYLE, inspectFile } from "./disk-files";

/** How many files and folders a search looks at before it gives up; a give-up is an error, never "no children". */
const MAX_ENTRIES = 200_000;

/** Folders that every volume has, that hold no disks, and that only the system may read. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(["lost+found", "System Volume Information", "$RECYCLE.BIN"]);

/** What a file is known by as long as nobody writes to it. */
type FileVersion = string;

/** The locators found so far, so that deleting many disks of one folder does not parse each of its files every time. */
const locators = new Map<FileVersion, ParentLocator | undefined>();
const MAX_REMEMBERED = 20_000;

/**
 * Makes sure that no differencing disk depends on a disk: none in its folder and everything below it, and none in the
 * further folders.
 *
 * @param disk as observed just now
 * @param searchFolders full paths of folders to be searched as well
 * @throws HasChildren naming them; AccessDenied or Unavailable where a folder cannot be searched
 */
export async function assertNoChildren(disk: VirtualDiskInfo, searchFolders: readonly string[]): Promise<void> {
  const children = await findChildren(disk, searchFolders);
  if (children.length > 0) {
    throw new DiskError("HasChildren", {
      what: `${children.length === 1 ? "a differencing disk depends" : `${children.length} differencing disks depend`} on this disk`,
      subject: disk.path,
      facts: { children: children.slice(0, 5).join(", ") + (children.length > 5 ? ", …" : "") },
      remedy:
        "Nothing was changed. Delete or merge the children first; in a program, give them parentPath: parent.path so that Pulumi knows the order.",
    });
  }
}

async function findChildren(disk: VirtualDiskInfo, searchFolders: readonly string[]): Promise<string[]> {
  const self = await stat(disk.path, { bigint: true });
  const budget = { entries: 0 };
  const seen = new Set<string>();
  const children: string[] = [];
  for (const folder of [folderOf(LOCAL_PATH_STYLE, disk.path), ...searchFolders]) {
    for await (const path of walkImages(folder, budget)) {
      if (!seen.has(path) && (await isChild(path, disk, self))) {
        children.push(path);
      }
      seen.add(path);
    }
  }
  return children;
}

/** All files with the extension of a disk in a folder and below it. Links to folders are not followed. */
async function* walkImages(folder: string, budget: { entries: number }): AsyncGenerator<string, void, undefined> {
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
      yield* walkImages(path, budget);
    } else if (!entry.isDirectory() && formatOfPath(entry.name) !== undefined) {
      yield path;
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

async function isChild(path: string, disk: VirtualDiskInfo, self: BigIntStats): Promise<boolean> {
  const locator = await readLocator(path);
  if (locator === undefined) {
    return false;
  }
  const pointsHere = listParentPaths(LOCAL_PATH_STYLE, path, locator).some((parentPath) =>
    isSamePath(LOCAL_PATH_STYLE, parentPath, disk.path),
  );
  if (!locator.linkageIds.includes(disk.linkageId ?? "")) {
    // A child whose link is broken because this disk was written to: repairing it needs this very file.
    return pointsHere;
  }
  const resolvedPath = (await inspectFile(path)).parent?.resolvedPath;
  // A copy of this disk carries the same identity, and may be the parent instead.
  return resolvedPath === undefined || (await isSameFile(resolvedPath, self));
}

/** The parent locator of a file; `undefined` for a disk without parent and for what is no readable image. */
async function readLocator(path: string): Promise<ParentLocator | undefined> {
  const version = await readVersion(path);
  if (version === undefined) {
    return undefined;
  }
  if (!locators.has(version)) {
    if (locators.size >= MAX_REMEMBERED) {
      locators.clear();
    }
    locators.set(version, await parseLocator(path));
  }
  return locators.get(version);
}

async function parseLocator(path: string): Promise<ParentLocator | undefined> {
  try {
    const image = await openImage(await openNodeFile(path, "read"));
    await image.close();
    return image.properties.parentLocator;
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

async function isSameFile(path: string, self: BigIntStats): Promise<boolean> {
  return stat(path, { bigint: true }).then(
    (file) => file.dev === self.dev && file.ino === self.ino,
    () => false,
  );
}
