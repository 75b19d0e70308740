import type { DiskHost } from "../disk/host";
import { KeyedLock } from "../disk/sync/keyed-lock";

/**
 * Keeps two pieces of work from touching one place at the same time: in this process, where they
 * wait in order, and in any other one that works on the same host.
 */
export class PlaceLocks {
  readonly #lock = new KeyedLock();

  constructor(private readonly host: Pick<DiskHost, "placeKey" | "lock">) {}

  /**
   * Runs work while nothing else works on any of the places.
   *
   * A caller that holds the lock of a disk may go on to take that of its parent, never the other
   * way round: so no two can wait for each other.
   *
   * @param paths full paths, in any spelling
   * @throws InUse when another process works on one of them for too long
   */
  async run<T>(paths: readonly string[], work: () => Promise<T>): Promise<T> {
    const places = await Promise.all(paths.map((path) => this.host.placeKey(path)));
    const keys = [...new Set(places)].toSorted();
    return this.#lock.run(keys, async () => {
      const releases: (() => Promise<void>)[] = [];
      try {
        for (const key of keys) {
          releases.push(await this.host.lock(key));
        }
        return await work();
      } finally {
        await Promise.all(releases.map((release) => release()));
      }
    });
  }
}
