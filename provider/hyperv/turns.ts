/**
 * Lets work on the same thing happen one after another, and work on different things at the same time.
 *
 * Two children cannot be made over one parent at once: the host opens the parent exclusively for a moment and refuses
 * the second with a sharing violation.
 */
export class Turns {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Runs work when all earlier work on any of its keys has ended.
   *
   * @param keys what the work touches, for example path keys
   * @param work runs once; its failure does not stop what comes after it
   */
  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const own = [...new Set(keys)];
    const result = Promise.all(own.map((key) => this.#tails.get(key) ?? Promise.resolve())).then(work);
    const tail = result.then(ignore, ignore);
    for (const key of own) {
      this.#tails.set(key, tail);
    }
    try {
      return await result;
    } finally {
      for (const key of own.filter((name) => this.#tails.get(name) === tail)) {
        this.#tails.delete(key);
      }
    }
  }
}

/**
 * Lets callers that put the same question at the same time share one answer, which is never older than any of their
 * questions.
 *
 * Who asks while an answer is under way shares the next one: a hundred deletions in one folder look through it a few
 * times instead of a hundred.
 */
export class SharedAnswers<T> {
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<T>>();

  /**
   * @param key what is asked
   * @param ask finds the answer; it begins after this call
   */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      return waiting;
    }
    const before = this.#running.get(key) ?? Promise.resolve();
    const answer = before.then(() => this.#begin(key, ask));
    this.#waiting.set(key, answer);
    return answer;
  }

  #begin(key: string, ask: () => Promise<T>): Promise<T> {
    this.#waiting.delete(key);
    const answer = ask();
    const ended = answer.then(ignore, ignore).then(() => {
      if (this.#running.get(key) === ended) {
        this.#running.delete(key);
      }
    });
    this.#running.set(key, ended);
    return answer;
  }
}

function ignore(): void {
  // The outcome belongs to whoever awaits the work itself.
}
