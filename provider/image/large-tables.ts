import { KeyedLock } from "../disk/sync/keyed-lock";

const lock = new KeyedLock();

/**
 * Validates a table so large that it takes megabytes of memory: one at a time, since a search may
 * open many files at once.
 *
 * @param work runs once
 */
export function validateAlone<T>(work: () => Promise<T>): Promise<T> {
  return lock.run(["large table"], work);
}
