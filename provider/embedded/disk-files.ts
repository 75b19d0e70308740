import { opendir, readdir, realpath } from "node:fs/promises";
import { sep } from "node:path";
import type { DiskIdentity, ParentLink, VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { DISK_FORMATS } from "../disk/formats";
import type { IdentifiedDisk } from "../disk/host";
import { fileNameOf, folderOf } from "../disk/host-path";
import { type ImageChain, openAncestors } from "../image/chain";
import type { DiskImage } from "../image/disk-image";
import { openImage } from "../image/open-image";
import { type ChainLink, type ImageHost, openParent } from "../image/parent";
import { type LocalHead, openHead } from "./image-head";
import { toRecordedParent } from "./image-near";
import { type LocalFile, folderIdOf, resolveLinks, toLocalFile } from "./local-file";
import { openNodeFile, toDiskError } from "./node-file";
import { LOCAL_PATH_STYLE } from "./path-style";

/** What can be set about the files of this machine. */
export interface DiskFilesOptions {
  /**
   * Full paths of the folders in which the parents that images name may be; anywhere when left out.
   */
  readonly allowedFolders?: readonly string[] | undefined;
}

/** The disks in files of this machine: each alone, and in chains. */
export class DiskFiles {
  readonly #heads: ImageHost<LocalHead>;
  readonly #images: Readonly<Record<FileUse, ImageHost>>;

  constructor({ allowedFolders }: DiskFilesOptions = {}) {
    const openParentWith = <Image>(open: (path: string) => Promise<Image>) => {
      return async (path: string): Promise<Image> => {
        await assertAllowed(path, allowedFolders);
        return openInAnyCase(path, open);
      };
    };
    this.#heads = { pathStyle: LOCAL_PATH_STYLE, openImage: openParentWith(openHead) };
    const imagesFor = (use: FileUse): ImageHost => ({
      pathStyle: LOCAL_PATH_STYLE,
      openImage: openParentWith((path) => openFile(path, use)),
    });
    this.#images = { content: imagesFor("content"), ranges: imagesFor("ranges") };
  }

  /**
   * Describes one disk. Its parent is looked for, and may be missing or damaged.
   *
   * @throws NotFound only when its folder is there and the file is not; Unavailable when the folder
   *   is missing as well, since an unmounted volume looks just like that; and the codes of
   *   `openImage`
   */
  async describe(path: string): Promise<VirtualDiskInfo> {
    const leaf = { path, image: await openExisting(path, openHead) };
    return describeLink(leaf, await this.#findParentPath(leaf));
  }

  /**
   * Reads what proves which disk is at a path, whatever the disk depends on.
   *
   * @throws as {@link describe}
   */
  async identify(path: string): Promise<IdentifiedDisk<LocalFile>> {
    const head = await openExisting(path, openHead);
    const { format, type, sizeBytes, linkageId, parentLocator } = head.properties;
    return {
      path,
      format,
      type,
      sizeBytes,
      linkageId,
      identity: toIdentity(head),
      file: toLocalFile(await resolveLinks(path), head.stats),
      ...(parentLocator === undefined ? {} : { parent: toRecordedParent(path, parentLocator) }),
    };
  }

  /**
   * Describes a disk and all it depends on, every link verified.
   *
   * @returns the leaf first, the base last
   * @throws as {@link describe}; ParentNotFound, ParentMismatch, ChainCycle, ChainTooDeep
   */
  async describeChain(path: string): Promise<readonly VirtualDiskInfo[]> {
    const { links } = await openAncestors(this.#heads, {
      path,
      image: await openExisting(path, openHead),
    });
    return Promise.all(links.map((link, depth) => describeLink(link, links[depth + 1]?.path)));
  }

  /**
   * Opens the content of a disk and all it depends on, every link verified.
   *
   * @param use what is to be read
   * @returns a chain to be closed by the caller
   * @throws as {@link describeChain}
   */
  async openChain(path: string, use: FileUse): Promise<ImageChain> {
    const image = await openExisting(path, (leafPath) => openFile(leafPath, use));
    return openAncestors(this.#images[use], { path, image });
  }

  /**
   * A disk whose parent is missing or damaged can still be described; `describeChain` says what is
   * wrong.
   */
  async #findParentPath(child: ChainLink<LocalHead>): Promise<string | undefined> {
    if (child.image.properties.parentLocator === undefined) {
      return undefined;
    }
    try {
      return (await openParent(this.#heads, child)).path;
    } catch {
      return undefined;
    }
  }
}

/** What is read of an open image: its content, or only which ranges it holds. */
export type FileUse = "content" | "ranges";

/** Opens the content of one image alone. @returns an image to be closed by the caller */
export async function openFile(path: string, use: FileUse): Promise<DiskImage> {
  const file = await openNodeFile(path, "read");
  const image = await openImage(file);
  if (use === "ranges") {
    file.prepareForManyReads();
  }
  return image;
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
    if (["EMFILE", "ENFILE"].includes(String((error as NodeJS.ErrnoException).code))) {
      throw toDiskError(error, "the folder of the disk cannot be read", folder);
    }
    throw new DiskError("Unavailable", {
      what:
        "the folder of the disk cannot be read, so it cannot be determined whether the disk is " +
        "there",
      subject: path,
      facts: { folder, error: (error as NodeJS.ErrnoException).code },
      remedy:
        "Mount its volume, or correct the path; createFolder creates the folder of a new disk. " +
        "If you removed the folder of a recorded disk on purpose, create it again and leave it " +
        "empty.",
      cause: error,
    });
  }
}

/**
 * @throws NotFound only when the folder of the file is there and the file is not; Unavailable where
 *   that is not known
 */
async function openExisting<Image>(
  path: string,
  open: (path: string) => Promise<Image>,
): Promise<Image> {
  try {
    return await open(path);
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      await assertFolderExists(path);
    }
    throw error;
  }
}

/** The identity of a disk that was opened, without that of its folder. */
function toIdentity({ properties, stats }: LocalHead): DiskIdentity {
  const { format, diskId, creationId, linkageId } = properties;
  return {
    format,
    diskId,
    ...(creationId === undefined ? {} : { creationId }),
    ...(DISK_FORMATS[format].changesLinkageId ? { dataWriteId: linkageId } : {}),
    // The inode and the time it was made survive writing, renaming and mounting elsewhere; a copy
    // has others.
    fileId: `${stats.ino}:${stats.birthtimeNs}`,
  };
}

/** @param resolvedPath where the parent was found and verified */
async function describeLink(
  { path, image }: ChainLink<LocalHead>,
  resolvedPath: string | undefined,
): Promise<VirtualDiskInfo> {
  const { properties, stats } = image;
  const { parentLocator } = properties;
  const folderId = await folderIdOf(path);
  const parent: ParentLink | undefined = parentLocator && {
    ...parentLocator,
    ...(resolvedPath === undefined ? {} : { resolvedPath }),
  };
  return {
    path,
    format: properties.format,
    type: properties.type,
    sizeBytes: properties.sizeBytes,
    fileSizeBytes: Number(stats.size),
    blockSizeBytes: properties.blockSizeBytes,
    logicalSectorSizeBytes: properties.logicalSectorSizeBytes,
    physicalSectorSizeBytes: properties.physicalSectorSizeBytes,
    identity: { ...toIdentity(image), ...(folderId === undefined ? {} : { folderId }) },
    linkageId: properties.linkageId,
    ...(parent === undefined ? {} : { parent }),
  };
}

/** Images of strangers may name any file as their parent. @throws AccessDenied */
async function assertAllowed(path: string, folders: readonly string[] | undefined): Promise<void> {
  if (folders === undefined) {
    return;
  }
  const real = await resolveLinks(path);
  const allowed = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  if (!allowed.some((folder) => real.startsWith(folder.endsWith(sep) ? folder : folder + sep))) {
    throw new DiskError("AccessDenied", {
      what: "an image names a parent outside the allowed folders",
      subject: path,
      facts: { "vhd:allowedFolders": folders.join(", ") },
      remedy:
        "Nothing was read. If you trust the image, add the folder of its parent to " +
        "vhd:allowedFolders.",
    });
  }
}

/**
 * Children made on Windows may write the name of their parent in another case than its file has.
 */
async function openInAnyCase<Image>(
  path: string,
  open: (path: string) => Promise<Image>,
): Promise<Image> {
  try {
    return await open(path);
  } catch (error) {
    const spelling = isDiskError(error, "NotFound") ? await findSpelling(path) : undefined;
    if (spelling === undefined) {
      throw error;
    }
    return open(spelling);
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
