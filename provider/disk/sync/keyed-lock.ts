/**
 * Lets work on the same thing happen one after another, and work on different things at the same
 * time.
 */
export class KeyedLock {
  /** For each key, the end of the work that claimed it last. */
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Runs work when all earlier work on one of its keys has ended.
   *
   * @param keys what the work is on. All are claimed in one step, so that no two callers ever wait
   *   for each other
   * @param work runs once; its failure does not stop what comes after it
   */
  async run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const claimed = [...new Set(keys)];
    const result = Promise.all(claimed.map((key) => this.#last.get(key) ?? Promise.resolve())).then(
      work,
    );
    const end = result.then(ignore, ignore);
    for (const key of claimed) {
      this.#last.set(key, end);
    }
    try {
      return await result;
    } finally {
      for (const key of claimed) {
        if (this.#last.get(key) === end) {
          this.#last.delete(key);
        }
      }
    }
  }
}

function ignore(): void {
  // The outcome belongs to whoever awaits the work itself.
}
