import { readdir, realpath } from "node:fs/promises";
import type { DiskIdentity, ParentLink, VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { type PathStyle, fileNameOf, folderOf } from "../disk/host-path";
import type { DiskImage } from "../image/disk-image";
import { type NodeFile, openNodeFile } from "../image/node-file";
import { openImage } from "../image/open-image";
import { type ImageHost, openParent } from "../image/parent";

/** The style of paths on the machine this runs on. */
export const LOCAL_PATH_STYLE: PathStyle = process.platform === "win32" ? "win32" : "posix";

/** The files of this machine, for chains. A parent is found even where only the case of its name differs. */
export const localHost: ImageHost = {
  pathStyle: LOCAL_PATH_STYLE,
  async openImage(path: string): Promise<DiskImage> {
    return openImage(await openNodeFile(await findSpelling(path), "read"));
  },
};

/**
 * Opens one disk and tells all about it.
 *
 * @throws NotFound only when its folder is there and the file is not; Unavailable when the folder is missing as well,
 * since an unmounted volume looks just like that; and the codes of `openImage`
 */
export async function inspectFile(path: string): Promise<VirtualDiskInfo> {
  const file = await openExisting(path, "read");
  const image = await openImage(file);
  try {
    return await describeImage(path, file, image);
  } finally {
    await image.close();
  }
}

/**
 * Opens the file of a disk.
 *
 * @throws NotFound only when its folder is there and the file is not; Unavailable when nobody can tell
 */
async function openExisting(path: string, access: "read" | "read-write"): Promise<NodeFile> {
  try {
    return await openNodeFile(path, access);
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      await assertFolderExists(path);
    }
    throw error;
  }
}

/**
 * Makes sure that the folder of a disk is there, so that the absence of the file means something.
 *
 * @throws Unavailable
 */
export async function assertFolderExists(path: string): Promise<void> {
  const folder = folderOf(LOCAL_PATH_STYLE, path);
  try {
    await readdir(folder);
  } catch (error) {
    throw new DiskError("Unavailable", {
      what: "the folder of the disk cannot be read, so nobody can tell whether the disk is there",
      subject: path,
      facts: { folder, error: (error as NodeJS.ErrnoException).code },
      remedy: "Mount its volume. If the folder was removed on purpose, create it again, empty, to say so.",
      cause: error,
    });
  }
}

/** The identity of an opened disk. */
async function readIdentity(file: NodeFile, image: DiskImage): Promise<DiskIdentity> {
  const { format, diskId, creationId, linkageId } = image.properties;
  return {
    format,
    diskId,
    ...(creationId === undefined ? {} : { creationId }),
    ...(format === "vhdx" ? { dataWriteId: linkageId } : {}),
    fileId: await file.readFileId(),
  };
}

async function describeImage(path: string, file: NodeFile, image: DiskImage): Promise<VirtualDiskInfo> {
  const { properties } = image;
  const parent = await describeParent(path, image);
  return {
    path,
    format: properties.format,
    type: properties.type,
    sizeBytes: properties.sizeBytes,
    fileSizeBytes: await file.readSize(),
    blockSizeBytes: properties.blockSizeBytes,
    logicalSectorSizeBytes: properties.logicalSectorSizeBytes,
    physicalSectorSizeBytes: properties.physicalSectorSizeBytes,
    identity: await readIdentity(file, image),
    linkageId: properties.linkageId,
    ...(parent === undefined ? {} : { parent }),
  };
}

async function describeParent(path: string, image: DiskImage): Promise<ParentLink | undefined> {
  const locator = image.properties.parentLocator;
  if (locator === undefined) {
    return undefined;
  }
  try {
    const parent = await openParent(localHost, { path, image });
    await parent.image.close();
    return { ...locator, resolvedPath: parent.path };
  } catch {
    // A disk whose parent is missing or damaged can still be described; readChain tells what is wrong.
    return { ...locator };
  }
}

/** The spelling under which a file exists: children made on Windows may differ from it in case. */
async function findSpelling(path: string): Promise<string> {
  if (LOCAL_PATH_STYLE === "win32" || (await exists(path))) {
    return path;
  }
  const folder = folderOf(LOCAL_PATH_STYLE, path);
  const wanted = fileNameOf(path).toUpperCase();
  const names = await readdir(folder).catch(() => []);
  const matches = names.filter((name) => name.toUpperCase() === wanted);
  return matches.length === 1 ? `${folder === "/" ? "" : folder}/${matches[0]}` : path;
}

async function exists(path: string): Promise<boolean> {
  return realpath(path).then(
    () => true,
    () => false,
  );
}
