import { DiskError } from "../disk/errors";
import { DISK_FORMATS } from "../disk/formats";
import { type Attempt, createParentError, describeFailure } from "./parent-errors";
import { type PathStyle, isAbsolutePath, resolveRelativePath } from "../disk/host-path";
import type { DiskImage, ImageHead, ParentLocator } from "./disk-image";

/**
 * What a chain needs to know of the host whose files it opens. A host may know more of its images
 * than the formats do.
 */
export interface ImageHost<Image extends ImageHead = DiskImage> {
  readonly pathStyle: PathStyle;

  /**
   * Opens the image at a full path. @throws NotFound when there is no file, and the codes of
   * `openImage`
   */
  openImage(path: string): Promise<Image>;
}

/** An opened image and the path under which it was opened. */
export interface ChainLink<Image extends ImageHead = DiskImage> {
  readonly path: string;
  readonly image: Image;
}

/**
 * The full paths at which a child says its parent may be, in the order in which to look, each once.
 *
 * @param style of the host that looks; paths that mean nothing there are left out
 */
export function listParentPaths(
  style: PathStyle,
  childPath: string,
  locator: ParentLocator,
): string[] {
  const paths = locator.paths.map((entry) =>
    entry.kind === "relative" ? resolveRelativePath(style, childPath, entry.path) : entry.path,
  );
  // No host has a file with NUL in its name: whoever wrote such a path damaged it.
  return [...new Set(paths.filter((path) => isAbsolutePath(style, path) && !path.includes("\0")))];
}

/**
 * Finds and opens the parent of a differencing image: the first file, in resolution order, that is
 * an image and carries the identity that the child recorded.
 *
 * What else is found at a recorded path does not end the search. Copying a parent and its child
 * together leaves the full path pointing at the original; and a path may lead to another kind of
 * file, to a folder or to a damaged copy.
 *
 * @param host opens files
 * @param child an image with a parent locator
 * @returns the opened parent, to be closed by the caller
 * @throws when no recorded path leads to the parent, an error that lists all of them: the code of
 *   the first file that could not be read (CorruptImage, AccessDenied, IoFailed and others), since
 *   it may be the parent; else ParentMismatch when something else was found; else ParentNotFound
 * @see [MS-VHDX] 2.6.2.6.3
 */
export async function openParent<Image extends ImageHead>(
  host: ImageHost<Image>,
  child: ChainLink<ImageHead>,
): Promise<ChainLink<Image>> {
  const locator = child.image.properties.parentLocator;
  if (locator === undefined) {
    throw new DiskError("Internal", {
      what: "a disk without parent was asked for its parent",
      subject: child.path,
    });
  }
  const attempts: Attempt[] = [];
  for (const path of listParentPaths(host.pathStyle, child.path, locator)) {
    const result = await tryParent(host, child, path);
    if ("image" in result) {
      // The host may have found it under another spelling than the child records.
      return { path: result.image.file.name, image: result.image };
    }
    attempts.push(result);
  }
  throw createParentError(child.path, locator, attempts);
}

async function tryParent<Image extends ImageHead>(
  host: ImageHost<Image>,
  child: ChainLink<ImageHead>,
  path: string,
): Promise<{ readonly image: Image } | Attempt> {
  let image: Image;
  try {
    image = await host.openImage(path);
  } catch (error) {
    return describeFailure(path, error);
  }
  const objection = describeMismatch(child.image, image);
  if (objection === undefined) {
    return { image };
  }
  await image.close();
  return { path, outcome: "stranger", reason: objection };
}

/**
 * Says why an image cannot be the parent of a child.
 *
 * @returns a clause that begins with a verb, or `undefined` where it is the parent
 */
export function describeMismatch(child: ImageHead, parent: ImageHead): string | undefined {
  const accepted = child.properties.parentLocator?.linkageIds ?? [];
  const { format, linkageId, logicalSectorSizeBytes } = parent.properties;
  if (format !== child.properties.format) {
    return (
      `is a ${DISK_FORMATS[format].name}, and the child ` +
      `a ${DISK_FORMATS[child.properties.format].name}`
    );
  }
  if (!accepted.includes(linkageId)) {
    return `has the identity ${linkageId}, but the child expects ${accepted.join(" or ")}`;
  }
  if (logicalSectorSizeBytes !== child.properties.logicalSectorSizeBytes) {
    return (
      `has sectors of ${logicalSectorSizeBytes} bytes, but the child has sectors of ` +
      `${child.properties.logicalSectorSizeBytes}`
    );
  }
  return undefined;
}
