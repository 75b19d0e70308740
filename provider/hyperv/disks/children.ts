import type { DiskFormat } from "../../disk/disk";
import { DiskError, isDiskError } from "../../disk/errors";
import { fileNameOf, folderOf, isSamePath, pathKey } from "../../disk/host-path";
import type { HostDisks } from "./host-disks";
import { type HostFile, isDrivePath } from "./host-files";
import type { DiskSettings } from "../service/setting-data";
import { SharedAnswers } from "../../disk/turns";

/** How many folders a search looks into before it gives up; a give-up is an error, never "no children". */
const MAX_FOLDERS = 1000;

/** An image met by a search, and what the host said when it was asked about it. */
interface Candidate {
  readonly path: string;
  readonly settings: PromiseSettledResult<DiskSettings>;
}

/** Looks for differencing disks that depend on a disk. */
export class ChildSearch {
  readonly #searches = new SharedAnswers<readonly Candidate[]>();

  /** @param searchFolders full paths of folders to be searched besides that of the disk */
  constructor(
    private readonly disks: HostDisks,
    private readonly searchFolders: readonly string[],
  ) {}

  /**
   * Makes sure that no differencing disk depends on a disk: none in its folder and everything below it, and none in the
   * further folders.
   *
   * @throws HasChildren naming them; InUse, AccessDenied and others where an image there does not let itself be asked
   */
  async assertNoChildren(path: string, file: HostFile, format: DiskFormat): Promise<void> {
    const folders = [folderOf("win32", path), ...this.searchFolders];
    const searches = folders.map((folder) =>
      this.#searches.get(`${format} ${pathKey("win32", folder)}`, () => this.#readImages(folder, format)),
    );
    const children = new Map<string, string>();
    for (const candidate of (await Promise.all(searches)).flat()) {
      if (!isSamePath("win32", candidate.path, path) && (await this.#isChild(candidate, path, file))) {
        children.set(pathKey("win32", candidate.path), candidate.path);
      }
    }
    if (children.size > 0) {
      throw hasChildren(path, [...children.values()]);
    }
  }

  async #readImages(folder: string, format: DiskFormat): Promise<Candidate[]> {
    const service = await this.disks.openService();
    const files: HostFile[] = [];
    for (const each of await this.#listTree(folder)) {
      files.push(...(await this.disks.files.listImages(each, format)));
    }
    const answers = await Promise.allSettled(files.map((file) => service.getVirtualHardDiskSettingData(file.path)));
    return files.flatMap((file, index) => {
      const settings = answers[index];
      return settings === undefined ? [] : [{ path: file.path, settings }];
    });
  }

  /** A folder and all below it. */
  async #listTree(folder: string): Promise<string[]> {
    const folders = [folder];
    for (const each of folders) {
      folders.push(...(await this.disks.files.listFolders(each)));
      if (folders.length > MAX_FOLDERS) {
        throw new DiskError("Unavailable", {
          what: `the search for children of a disk met more than ${MAX_FOLDERS} folders`,
          subject: folder,
          remedy: "Keep disks in a folder of their own.",
        });
      }
    }
    return folders;
  }

  async #isChild(candidate: Candidate, path: string, file: HostFile): Promise<boolean> {
    if (candidate.settings.status === "rejected") {
      return isUnreadableChild(candidate, candidate.settings.reason);
    }
    const { type, parentPath } = candidate.settings.value;
    if (type !== "differencing" || parentPath === undefined) {
      return false;
    }
    return isSamePath("win32", parentPath, path) || this.#isSameFile(parentPath, file);
  }

  /**
   * The same file may be recorded under another spelling: through a link, a volume or a share. Where a file of this name
   * is recorded and missing, the disk may be what the child needs for its repair.
   */
  async #isSameFile(parentPath: string, file: HostFile): Promise<boolean> {
    if (fileNameOf(parentPath).toUpperCase() !== fileNameOf(file.path).toUpperCase()) {
      return false;
    }
    if (!isDrivePath(parentPath)) {
      return true;
    }
    const parent = await this.disks.files.find(parentPath);
    return parent === undefined || (parent.fileId === file.fileId && parent.sizeBytes === file.sizeBytes);
  }
}

/**
 * What an image that cannot be read means for the search. A child whose chain is broken may be the one that needs this
 * very disk for its repair; one that is busy may be anything; one that is damaged beyond reading depends on nothing.
 *
 * @throws what kept the host from telling
 */
function isUnreadableChild(candidate: Candidate, error: unknown): boolean {
  if ((["ParentNotFound", "ParentMismatch", "ChainCycle"] as const).some((code) => isDiskError(error, code))) {
    return true;
  }
  if ((["CorruptImage", "UnsupportedImage", "NotFound"] as const).some((code) => isDiskError(error, code))) {
    return false;
  }
  if (!isDiskError(error)) {
    throw error;
  }
  throw new DiskError(error.code, {
    what: "nobody can tell whether this image depends on the disk",
    subject: candidate.path,
    facts: error.details.facts ?? {},
    remedy: "Nothing was changed. Let the host read the image, or move it to another folder.",
    cause: error,
  });
}

function hasChildren(path: string, children: readonly string[]): DiskError {
  const count = children.length === 1 ? "a differencing disk depends" : `${children.length} differencing disks depend`;
  return new DiskError("HasChildren", {
    what: `${count} on this disk`,
    subject: path,
    facts: { children: children.slice(0, 5).join(", ") + (children.length > 5 ? ", …" : "") },
    remedy:
      "Nothing was changed. Delete or merge the children first; in a program, give them parentPath: parent.path so that Pulumi knows the order.",
  });
}
