import { Semaphore } from "async-mutex";
import { pathKey } from "../disk/host-path";
import { LOCAL_PATH_STYLE } from "./disk-files";

/**
 * The weight of an exclusive lock; a shared one weighs 1, so that as many share a disk at once, and more wait for their
 * turn. Each release of a semaphore takes time in proportion to this number.
 */
const EXCLUSIVE_WEIGHT = 256;

/** What an action does to a disk: `shared` relies on it staying as it is, `exclusive` changes it. */
export interface PathClaim {
  readonly path: string;
  readonly mode: "shared" | "exclusive";
}

/**
 * Keeps actions of this process apart that touch the same disk: Pulumi runs many at once, and only knows the order of
 * those whose resources depend on each other.
 */
export class PathLocks {
  readonly #locks = new Map<string, { semaphore: Semaphore; users: number }>();

  /**
   * Runs an action when all its claims are granted.
   *
   * @param claims each path once; they are taken in a fixed order, so that no two actions wait for each other
   */
  async run<T>(claims: readonly PathClaim[], action: () => Promise<T>): Promise<T> {
    const keyed = claims.map((claim) => ({ ...claim, key: pathKey(LOCAL_PATH_STYLE, claim.path) }));
    const ordered = keyed.toSorted((left, right) => (left.key < right.key ? -1 : 1));
    return ordered.reduceRight<() => Promise<T>>(
      (inner, claim) => () => this.#hold(claim.key, claim.mode, inner),
      action,
    )();
  }

  async #hold<T>(key: string, mode: PathClaim["mode"], action: () => Promise<T>): Promise<T> {
    const lock = this.#locks.get(key) ?? { semaphore: new Semaphore(EXCLUSIVE_WEIGHT), users: 0 };
    this.#locks.set(key, lock);
    lock.users += 1;
    try {
      return await lock.semaphore.runExclusive(action, mode === "exclusive" ? EXCLUSIVE_WEIGHT : 1);
    } finally {
      lock.users -= 1;
      if (lock.users === 0) {
        this.#locks.delete(key);
      }
    }
  }
}
