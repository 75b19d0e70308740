/** What some work touches, each thing by a key such as that of its path. */
export interface Claims {
  /** Nothing else may touch these meanwhile. */
  readonly exclusive: readonly string[];
  /** Others that claim them shared may touch these meanwhile. */
  readonly shared?: readonly string[];
}

/** Lets work on the same thing happen one after another, and work on different things at the same time. */
export class Turns {
  readonly #lines = new Map<string, Line>();

  /**
   * Runs work when all earlier work that its claims conflict with has ended.
   *
   * @param work runs once; its failure does not stop what comes after it
   */
  async take<T>(claims: Claims, work: () => Promise<T>): Promise<T> {
    const exclusive = [...new Set(claims.exclusive)];
    const shared = [...new Set(claims.shared ?? [])].filter((key) => !exclusive.includes(key));
    // Everything is claimed in one breath, so that no two can ever wait for each other.
    const result = Promise.all([
      ...exclusive.flatMap((key) => [this.#before(key), ...this.#line(key).shared]),
      ...shared.map((key) => this.#before(key)),
    ]).then(work);
    const end = result.then(ignore, ignore);
    for (const key of exclusive) {
      this.#lines.set(key, { exclusive: end, shared: new Set() });
    }
    for (const key of shared) {
      this.#line(key).shared.add(end);
    }
    try {
      return await result;
    } finally {
      for (const key of [...exclusive, ...shared]) {
        this.#leave(key, end);
      }
    }
  }

  #line(key: string): Line {
    const line = this.#lines.get(key) ?? { exclusive: undefined, shared: new Set() };
    this.#lines.set(key, line);
    return line;
  }

  #before(key: string): Promise<void> {
    return this.#line(key).exclusive ?? Promise.resolve();
  }

  #leave(key: string, end: Promise<void>): void {
    const line = this.#line(key);
    line.shared.delete(end);
    if (line.exclusive === end) {
      line.exclusive = undefined;
    }
    if (line.exclusive === undefined && line.shared.size === 0) {
      this.#lines.delete(key);
    }
  }
}

/** Who is before the next one: the last that claimed a thing for itself, and all that share it since. */
interface Line {
  exclusive: Promise<void> | undefined;
  readonly shared: Set<Promise<void>>;
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
