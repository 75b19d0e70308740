import { opendir, readdir } from "node:fs/promises";
import type { DiskIdentity, ParentLink, VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { DISK_FORMATS } from "../disk/formats";
import { ZERO_GUID } from "../disk/guid";
import type { IdentifiedDisk } from "../disk/host";
import { fileNameOf, folderOf } from "../disk/host-path";
import { type ImageChain, openAncestors } from "../image/chain";
import type { DiskImage } from "../image/disk-image";
import { type NodeFile, openNodeFile } from "./node-file";
import { LOCAL_PATH_STYLE } from "./path-style";
import { toRecordedParent } from "./list-images";
import { type LocalFile, folderIdOf, resolveLinks, toLocalFile } from "./local-file";
import { readTrace } from "./trace";
import { openImage } from "../image/open-image";
import { type ChainLink, type ImageHost, openParent } from "../image/parent";

/** An image in a file of this machine. */
export interface LocalImage extends DiskImage {
  /** The file itself: under its path, there may be another one by the time somebody asks. */
  readonly nodeFile: NodeFile;
}

/** The files of this machine, for chains. A parent is found even where only the case of its name differs. */
export const localHost: ImageHost<LocalImage> = {
  pathStyle: LOCAL_PATH_STYLE,
  async openImage(path: string): Promise<LocalImage> {
    return openLocalImage(await openInAnyCase(path));
  },
};

/**
 * Opens one disk and tells all about it.
 *
 * @throws NotFound only when its folder is there and the file is not; Unavailable when the folder is missing as well,
 * since an unmounted volume looks just like that; and the codes of `openImage`
 */
export async function inspectFile(path: string): Promise<VirtualDiskInfo> {
  const image = await openLocalImage(await openExisting(path));
  try {
    return await describeLink({ path, image }, await findParentPath({ path, image }));
  } finally {
    await image.close();
  }
}

/**
 * Opens one disk and tells which one it is, whatever it depends on.
 *
 * @throws as {@link inspectFile}
 */
export async function identifyFile(path: string): Promise<IdentifiedDisk<LocalFile>> {
  const image = await openLocalImage(await openExisting(path));
  try {
    const realPath = await resolveLinks(path);
    const { format, type, sizeBytes, linkageId, parentLocator } = image.properties;
    const adoptionId = (await readTrace(realPath))?.adoptionId;
    return {
      path,
      format,
      type,
      sizeBytes,
      linkageId,
      identity: await readIdentity(path, image),
      file: toLocalFile(realPath, await image.nodeFile.readStats()),
      ...(adoptionId === undefined ? {} : { adoptionId }),
      ...(parentLocator === undefined ? {} : { parent: toRecordedParent(path, parentLocator) }),
    };
  } finally {
    await image.close();
  }
}

/**
 * Opens a disk and all it depends on, every link verified.
 *
 * @returns a chain to be closed by the caller
 * @throws as {@link inspectFile}; ParentNotFound, ParentMismatch, ChainCycle, ChainTooDeep
 */
export async function openDiskChain(path: string): Promise<ImageChain<LocalImage>> {
  return openAncestors(localHost, { path, image: await openLocalImage(await openExisting(path)) });
}

/**
 * Tells all about the disks of a chain.
 *
 * @returns in the order of the chain
 * @throws IoFailed
 */
export function describeChain({ links }: ImageChain<LocalImage>): Promise<VirtualDiskInfo[]> {
  return Promise.all(links.map((link, depth) => describeLink(link, links[depth + 1]?.path)));
}

/**
 * Tells all about the first disk of a chain.
 *
 * @throws IoFailed
 */
export function describeLeaf({ links }: ImageChain<LocalImage>): Promise<VirtualDiskInfo> {
  return describeLink(links[0], links[1]?.path);
}

async function openLocalImage(nodeFile: NodeFile): Promise<LocalImage> {
  return Object.assign(await openImage(nodeFile), { nodeFile });
}

/** @throws NotFound only when the folder of the file is there and the file is not; Unavailable when nobody can tell */
async function openExisting(path: string): Promise<NodeFile> {
  try {
    return await openNodeFile(path, "read");
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
    await (await opendir(folder)).close();
  } catch (error) {
    throw new DiskError("Unavailable", {
      what: "the folder of the disk cannot be read, so it cannot be determined whether the disk is there",
      subject: path,
      facts: { folder, error: (error as NodeJS.ErrnoException).code },
      remedy: "Mount its volume. If the folder was removed on purpose, create it again, empty, to say so.",
      cause: error,
    });
  }
}

/** The identity of an opened disk. */
async function readIdentity(path: string, { nodeFile, properties }: LocalImage): Promise<DiskIdentity> {
  const { format, diskId, creationId, linkageId } = properties;
  const folderId = await folderIdOf(path);
  // An id of zeros is what writers leave that give none: it proves nothing.
  return {
    format,
    ...(diskId === ZERO_GUID ? {} : { diskId }),
    ...(creationId === undefined ? {} : { creationId }),
    ...(DISK_FORMATS[format].changesLinkageId && linkageId !== ZERO_GUID ? { dataWriteId: linkageId } : {}),
    fileId: await nodeFile.readFileId(),
    ...(folderId === undefined ? {} : { folderId }),
  };
}

/** @param resolvedPath where the parent was found and verified */
async function describeLink(
  { path, image }: ChainLink<LocalImage>,
  resolvedPath: string | undefined,
): Promise<VirtualDiskInfo> {
  const { properties } = image;
  const { parentLocator } = properties;
  const parent: ParentLink | undefined = parentLocator && {
    ...parentLocator,
    ...(resolvedPath === undefined ? {} : { resolvedPath }),
  };
  return {
    path,
    format: properties.format,
    type: properties.type,
    sizeBytes: properties.sizeBytes,
    fileSizeBytes: await image.nodeFile.readSize(),
    blockSizeBytes: properties.blockSizeBytes,
    logicalSectorSizeBytes: properties.logicalSectorSizeBytes,
    physicalSectorSizeBytes: properties.physicalSectorSizeBytes,
    identity: await readIdentity(path, image),
    linkageId: properties.linkageId,
    ...(parent === undefined ? {} : { parent }),
  };
}

/** A disk whose parent is missing or damaged can still be described; `openDiskChain` tells what is wrong. */
async function findParentPath(child: ChainLink): Promise<string | undefined> {
  if (child.image.properties.parentLocator === undefined) {
    return undefined;
  }
  try {
    const parent = await openParent(localHost, child);
    await parent.image.close();
    return parent.path;
  } catch {
    return undefined;
  }
}

/** Children made on Windows may write the name of their parent in another case than its file has. */
async function openInAnyCase(path: string): Promise<NodeFile> {
  try {
    return await openNodeFile(path, "read");
  } catch (error) {
    const spelling = isDiskError(error, "NotFound") ? await findSpelling(path) : undefined;
    if (spelling === undefined) {
      throw error;
    }
    return openNodeFile(spelling, "read");
  }
}

/** The one other spelling under which a file exists, on file systems that tell spellings apart. */
async function findSpelling(path: string): Promise<string | undefined> {
  if (LOCAL_PATH_STYLE === "win32") {
    return undefined;
  }
  const folder = folderOf(LOCAL_PATH_STYLE, path);
  const wanted = fileNameOf(path).toUpperCase();
  const names = await readdir(folder).catch(() => []);
  const matches = names.filter((name) => name.toUpperCase() === wanted);
  return matches.length === 1 ? `${folder === "/" ? "" : folder}/${matches[0]}` : undefined;
}
