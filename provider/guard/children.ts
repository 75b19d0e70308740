import { DiskError, isDiskError } from "../disk/errors";
import type {
  DiskHost,
  DiskNotes,
  HostFile,
  IdentifiedDisk,
  ImagesNear,
  RecordedChild,
  RecordedParent,
} from "../disk/host";
import { fileNameOf, folderOf } from "../disk/host-path";
import { createUnprovenAbsenceError, isAbsenceProven } from "./absence";
import type { Guard } from "./guarded-backend";

/** How many children a message names. */
const NAMED_CHILDREN = 5;

/**
 * Finds the differencing disks that depend on a disk: those recorded at it, wherever they are, and
 * all others in its folder, below it, and in the search folders.
 *
 * @param notes of the disk
 * @returns full paths, each once
 * @throws where it cannot be determined whether something is a child
 */
export async function findChildren<File extends HostFile>(
  { host, searchFolders }: Guard<File>,
  disk: IdentifiedDisk<File>,
  { children }: DiskNotes,
): Promise<readonly string[]> {
  const search = new ChildSearch(host, disk);
  const recorded = await Promise.all(children.map((child) => search.findRecorded(child)));
  const folders = [folderOf(host.pathStyle, disk.file.path), ...searchFolders];
  const near = await Promise.all(folders.map((folder) => host.listImages(folder, disk.format)));
  const found = await Promise.all(near.flat().map((images) => search.findNear(images)));
  return [...new Set([...recorded.filter((path) => path !== undefined), ...found.flat()])];
}

/**
 * Makes sure that no differencing disk depends on a disk.
 *
 * @throws HasChildren naming them, and as {@link findChildren}
 */
export async function assertNoChildren<File extends HostFile>(
  guard: Guard<File>,
  disk: IdentifiedDisk<File>,
  notes: DiskNotes,
): Promise<void> {
  const paths = await findChildren(guard, disk, notes);
  if (paths.length > 0) {
    throw hasChildren(disk.path, paths);
  }
}

/** The error for a disk that others depend on. */
export function hasChildren(path: string, children: readonly string[]): DiskError {
  const count =
    children.length === 1
      ? "a differencing disk depends"
      : `${children.length} differencing disks depend`;
  const named = children.slice(0, NAMED_CHILDREN).join(", ");
  return new DiskError("HasChildren", {
    what: `${count} on this disk`,
    subject: path,
    facts: { children: named + (children.length > NAMED_CHILDREN ? ", …" : "") },
    remedy:
      "Nothing was changed. Delete or merge the children first; in a program, give them " +
      "`parentPath: parent.path` so that Pulumi knows the order.",
  });
}

/** Decides for one disk what is a child of it. */
class ChildSearch<File extends HostFile> {
  readonly #isDisk = new Map<string, Promise<boolean>>();

  constructor(
    private readonly host: DiskHost<File>,
    private readonly disk: IdentifiedDisk<File>,
  ) {}

  /**
   * @returns the path where a recorded child is, `undefined` where it is proven that none is there
   */
  async findRecorded(child: RecordedChild): Promise<string | undefined> {
    try {
      const { parent } = await this.host.identify(child.path);
      return parent !== undefined && (await this.#isChild(child.path, parent))
        ? child.path
        : undefined;
    } catch (error) {
      if (!isDiskError(error, "NotFound")) {
        throw undetermined(this.disk.path, child.path, error);
      }
      const place = await this.host.examinePlace(child.path);
      if (await isAbsenceProven(this.host, child.folderId, place)) {
        return undefined;
      }
      throw undetermined(
        this.disk.path,
        child.path,
        createUnprovenAbsenceError(child.path, place, error),
      );
    }
  }

  /**
   * Siblings record the same parent, and a folder may hold thousands of them, so what they record
   * is looked at once where the host lists them together.
   *
   * @returns the paths of the images that are children
   */
  async findNear({ paths, parent, problem }: ImagesNear): Promise<readonly string[]> {
    if (problem !== undefined) {
      return this.#passOver(paths, problem);
    }
    const [first] = paths;
    if (parent === undefined || first === undefined || (await this.#isStranger(first, parent))) {
      return [];
    }
    const children = await Promise.all(
      paths.map(async (path) => {
        const isChild = (await this.#isChild(path, parent)) && !(await this.#leadsToDisk(path));
        return isChild ? [path] : [];
      }),
    );
    return children.flat();
  }

  /** An image that cannot be read may be a child, unless it is the disk itself. */
  async #passOver(paths: readonly string[], problem: DiskError): Promise<readonly string[]> {
    for (const path of paths) {
      if (!(await this.#leadsToDisk(path))) {
        throw undetermined(this.disk.path, path, problem);
      }
    }
    return [];
  }

  /** Whether what an image records of its parent is enough to tell that it is no child. */
  async #isStranger(path: string, parent: RecordedParent): Promise<boolean> {
    return !this.#carriesLinkage(parent) && !(await this.#isChildByPath(path, parent));
  }

  /** Whether an image records the identity that the disk has now. */
  #carriesLinkage({ linkageIds }: RecordedParent): boolean {
    return this.disk.linkageId !== undefined && linkageIds.includes(this.disk.linkageId);
  }

  async #isChild(path: string, parent: RecordedParent): Promise<boolean> {
    if (!this.#carriesLinkage(parent)) {
      return this.#isChildByPath(path, parent);
    }
    const resolvedPath = await resolveParent(this.host, path);
    // A copy of the disk carries the same identity, and may be the parent instead.
    return resolvedPath === undefined || this.#leadsToDisk(resolvedPath);
  }

  /**
   * A child that names the file of the disk is a child whose link is broken because the disk was
   * written to: repairing it needs this very file. Where the host does not tell what children
   * record, the path is all there is.
   */
  async #isChildByPath(path: string, parent: RecordedParent): Promise<boolean> {
    const isDisk = await Promise.all(
      parent.paths.map((parentPath) => this.#leadsToDisk(parentPath)),
    );
    if (isDisk.includes(true)) {
      return true;
    }
    const isKnown = this.disk.linkageId !== undefined && parent.linkageIds.length > 0;
    const name = fileNameOf(this.disk.file.path).toUpperCase();
    if (
      isKnown ||
      !parent.paths.some((parentPath) => fileNameOf(parentPath).toUpperCase() === name)
    ) {
      return false;
    }
    const places = await Promise.all(
      parent.paths.map((parentPath) => this.host.examinePlace(parentPath)),
    );
    if (places.some((place) => place.isTaken)) {
      return false;
    }
    const what = "its parent has the name of the disk and is missing";
    throw undetermined(
      this.disk.path,
      path,
      new DiskError("ParentNotFound", { what, subject: path }),
    );
  }

  #leadsToDisk(path: string): Promise<boolean> {
    const answer = this.#isDisk.get(path) ?? this.host.isSameFile(path, this.disk.file);
    this.#isDisk.set(path, answer);
    return answer;
  }
}

/** Disks may be deleted while others are proven to have no children. */
async function resolveParent(host: DiskHost, path: string): Promise<string | undefined> {
  try {
    return (await host.describe(path)).parent?.resolvedPath;
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return undefined;
    }
    throw error;
  }
}

function undetermined(path: string, candidate: string, error: unknown): unknown {
  if (!isDiskError(error)) {
    return error;
  }
  return new DiskError(error.code, {
    what: `it cannot be determined whether this file is a child of ${path}: ${error.details.what}`,
    subject: candidate,
    facts: error.details.facts ?? {},
    remedy:
      "Nothing was changed. Make the file readable or bring its volume online. If it is damaged, " +
      "restore it, or delete it if nothing in it is needed.",
    cause: error,
  });
}
