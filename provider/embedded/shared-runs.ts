/**
 * Does something for several who ask for it at the same time, without doing it once for each of them.
 *
 * Of one key, one run takes place at a time. Whoever asks gets the answer of a run that begins after the question, so it
 * is never older than the question, and everyone who asks before a run begins shares it.
 */
export class SharedRuns<T> {
  readonly #action: (key: string) => Promise<T>;
  readonly #waiting = new Map<string, Promise<T>>();
  /** The ends of the runs under way; they never fail. */
  readonly #ends = new Map<string, Promise<void>>();

  /** @param action what a run does; a failure reaches everyone who shares it */
  constructor(action: (key: string) => Promise<T>) {
    this.#action = action;
  }

  /** Asks for a run. */
  run(key: string): Promise<T> {
    const waiting = this.#waiting.get(key) ?? this.#runNext(key);
    this.#waiting.set(key, waiting);
    return waiting;
  }

  async #runNext(key: string): Promise<T> {
    await this.#ends.get(key);
    // Who asks from here on may want to know of something that this run does not see.
    this.#waiting.delete(key);
    const run = this.#action(key);
    const end = run.then(
      () => undefined,
      () => undefined,
    );
    this.#ends.set(key, end);
    try {
      return await run;
    } finally {
      if (this.#ends.get(key) === end) {
        this.#ends.delete(key);
      }
    }
  }
}
