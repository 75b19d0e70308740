import { type PathStyle, isSamePath } from "../disk/host-path";
import type { Properties } from "../resources/resource";
import { isUnknown } from "../resources/unknown";

/** A disk that a preview announced. */
interface PlannedDisk {
  readonly path: string;
  readonly oldPath: string | undefined;
  readonly style: PathStyle;
}

/**
 * The disks that a preview has announced so far. The engine runs each preview in a process of its
 * own and announces a disk before it compares what depends on it, so that a missing disk is either
 * in here or will be missing in the update as well.
 */
export class PlannedDisks {
  readonly #disks: PlannedDisk[] = [];

  /**
   * Announces the disk that these inputs describe.
   *
   * @param oldPath where it is now, if it is there already
   */
  add({ path }: Properties, style: PathStyle, oldPath?: string): void {
    if (typeof path === "string" && !isUnknown(path)) {
      this.#disks.push({ path, oldPath, style });
    }
  }

  /** Whether a disk at this path has been announced. */
  has(path: unknown): boolean {
    return this.#find(path) !== undefined;
  }

  /**
   * Where a disk is now that has been announced for this path; `undefined` for one that is yet to
   * be made.
   */
  findOldPath(path: unknown): string | undefined {
    return this.#find(path)?.oldPath;
  }

  #find(path: unknown): PlannedDisk | undefined {
    return typeof path === "string"
      ? this.#disks.findLast((planned) => isSamePath(planned.style, planned.path, path))
      : undefined;
  }
}
