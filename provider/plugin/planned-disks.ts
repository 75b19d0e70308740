import { type PathStyle, isSamePath } from "../disk/host-path";
import type { Properties } from "../resources/resource";
import { isUnknown } from "../resources/unknown";

/**
 * The disks that a preview has announced so far. The engine runs each preview in a process of its own and announces a
 * disk before it compares what depends on it, so that a missing disk is either in here or will be missing in the update
 * as well.
 */
export class PlannedDisks {
  readonly #paths: { readonly path: string; readonly style: PathStyle }[] = [];

  /** Announces the disk that these outputs describe. */
  add({ path }: Properties, style: PathStyle): void {
    if (typeof path === "string" && !isUnknown(path)) {
      this.#paths.push({ path, style });
    }
  }

  /** Whether a disk at this path has been announced. */
  has(path: unknown): boolean {
    return typeof path === "string" && this.#paths.some((planned) => isSamePath(planned.style, planned.path, path));
  }
}
