import { DiskError } from "../disk/errors";
import { DISK_FORMATS } from "../disk/formats";
import { type PathStyle, isAbsolutePath, resolveRelativePath } from "../disk/host-path";
import type { DiskImage, ParentLocator } from "./disk-image";

/** What a chain needs to know of the host whose files it opens. A host may know more of its images than the formats do. */
export interface ImageHost<Image extends DiskImage = DiskImage> {
  readonly pathStyle: PathStyle;

  /** Opens the image at a full path. @throws NotFound when there is no file, and the codes of `openImage` */
  openImage(path: string): Promise<Image>;
}

/** An opened image and the path under which it was opened. */
export interface ChainLink<Image extends DiskImage = DiskImage> {
  readonly path: string;
  readonly image: Image;
}

/**
 * The full paths under which a child says its parent may lie, in the order in which to look, each once.
 *
 * @param style of the host that looks; paths that mean nothing there are left out
 */
export function listParentPaths(style: PathStyle, childPath: string, locator: ParentLocator): string[] {
  const paths = locator.paths.map((entry) =>
    entry.kind === "relative" ? resolveRelativePath(style, childPath, entry.path) : entry.path,
  );
  return [...new Set(paths.filter((path) => isAbsolutePath(style, path)))];
}

/**
 * Finds and opens the parent of a differencing image: the first file, in resolution order, that exists and carries the
 * identity the child recorded.
 *
 * A file that exists but is another disk does not end the search, since copying a parent and its child together leaves
 * the absolute path pointing at the original.
 *
 * @param host opens files
 * @param child an image with a parent locator
 * @returns the opened parent, to be closed by the caller
 * @throws ParentNotFound when no file exists; ParentMismatch when one does, but none is the parent; CorruptImage and
 * others when the parent cannot be opened
 * @see [MS-VHDX] 2.6.2.6.3
 */
export async function openParent<Image extends DiskImage>(
  host: ImageHost<Image>,
  child: ChainLink,
): Promise<ChainLink<Image>> {
  const locator = child.image.properties.parentLocator;
  if (locator === undefined) {
    throw new DiskError("Internal", { what: "a disk without parent was asked for its parent", subject: child.path });
  }
  const paths = listParentPaths(host.pathStyle, child.path, locator);
  const strangers: string[] = [];
  for (const path of paths) {
    const image = await openIfPresent(host, path);
    if (image === undefined) {
      continue;
    }
    const objection = describeMismatch(child.image, image);
    if (objection === undefined) {
      // The host may have found it under another spelling than the child records.
      return { path: image.file.name, image };
    }
    await image.close();
    strangers.push(`${path} ${objection}`);
  }
  throw strangers.length > 0 ? parentMismatch(child, strangers) : parentNotFound(child, locator, paths);
}

/**
 * Tells why an image cannot be the parent of a child.
 *
 * @returns a clause that begins with a verb, or `undefined` where it is the parent
 */
export function describeMismatch(child: DiskImage, parent: DiskImage): string | undefined {
  const accepted = child.properties.parentLocator?.linkageIds ?? [];
  const { format, linkageId, logicalSectorSizeBytes } = parent.properties;
  if (format !== child.properties.format) {
    return `is a ${DISK_FORMATS[format].name}, and the child a ${DISK_FORMATS[child.properties.format].name}`;
  }
  if (!accepted.includes(linkageId)) {
    return `has the identity ${linkageId}, and the child expects ${accepted.join(" or ")}`;
  }
  if (logicalSectorSizeBytes !== child.properties.logicalSectorSizeBytes) {
    return `has sectors of ${logicalSectorSizeBytes} bytes, and the child of ${child.properties.logicalSectorSizeBytes}`;
  }
  return undefined;
}

async function openIfPresent<Image extends DiskImage>(
  host: ImageHost<Image>,
  path: string,
): Promise<Image | undefined> {
  try {
    return await host.openImage(path);
  } catch (error) {
    if ((error as Partial<DiskError>).code === "NotFound") {
      return undefined;
    }
    throw error;
  }
}

function parentMismatch(child: ChainLink, strangers: readonly string[]): DiskError {
  return new DiskError("ParentMismatch", {
    what: `the parent of this disk is not what lies where it should: ${strangers.join("; ")}`,
    subject: child.path,
    remedy:
      "The parent was written to, resized or replaced after the child was made, so the child's content is no longer whole. Put the original parent back.",
  });
}

function parentNotFound(child: ChainLink, locator: ParentLocator, paths: readonly string[]): DiskError {
  const recorded = locator.paths.map((entry) => entry.path).join(", ");
  return new DiskError("ParentNotFound", {
    what: "the parent of this disk cannot be found",
    subject: child.path,
    facts: { "looked at": paths.length === 0 ? "nothing" : paths.join(", "), recorded },
    remedy: "Put the parent back, or set parentPath to the place where it lies now.",
  });
}
