import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { folderOf, pathKey } from "../disk/host-path";
import { LOCAL_PATH_STYLE, inspectFile } from "./disk-files";
import { type DifferencingFile, findDifferencingFiles } from "./image-search";

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
  const children = new Set<string>();
  for (const folder of [folderOf(LOCAL_PATH_STYLE, disk.path), ...searchFolders]) {
    for (const file of await findDifferencingFiles(folder)) {
      if (!children.has(file.path) && (await isChild(file, disk, self))) {
        children.add(file.path);
      }
    }
  }
  return [...children];
}

async function isChild(file: DifferencingFile, disk: VirtualDiskInfo, self: BigIntStats): Promise<boolean> {
  if (!file.linkageIds.includes(disk.linkageId ?? "")) {
    // A child whose link is broken because this disk was written to: repairing it needs this very file.
    return file.parentKeys.has(pathKey(LOCAL_PATH_STYLE, disk.path));
  }
  const child = await inspectIfPresent(file.path);
  if (child === undefined) {
    return false;
  }
  const resolvedPath = child.parent?.resolvedPath;
  // A copy of this disk carries the same identity, and may be the parent instead.
  return resolvedPath === undefined || (await isSameFile(resolvedPath, self));
}

/** Disks may be deleted while others are proven to have no children. */
async function inspectIfPresent(path: string): Promise<VirtualDiskInfo | undefined> {
  try {
    return await inspectFile(path);
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return undefined;
    }
    throw error;
  }
}

async function isSameFile(path: string, self: BigIntStats): Promise<boolean> {
  return stat(path, { bigint: true }).then(
    (file) => file.dev === self.dev && file.ino === self.ino,
    () => false,
  );
}
