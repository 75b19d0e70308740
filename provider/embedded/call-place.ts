/*
 * Where a call to the file system is made.
 *
 * A call through the thread pool of Node.js costs 30 to 100 microseconds, nearly all of it for waking
 * a thread and being woken by it; the call itself takes 2 to 50 where what it asks for is in memory.
 * A step makes dozens of calls. So they are made in place, as long as they are quick and leave
 * everything else its turn. Where they have to wait, as on a volume of the network, they wait in the
 * pool, several at a time.
 */

/** So much of each turn of the event loop goes into calls in place at most. */
const TURN_MS = 5;

/** Calls that take longer than this on average are slow. */
const SLOW_MS = 0.2;

/** Where calls are slow, they go through the thread pool for so long before some are tried again. */
const SLOW_FOR_MS = 500;

/** How much a new call counts for the average. */
const WEIGHT = 0.1;

/** One call counts for no more than this: a busy machine may stop a process for longer. */
const MAX_COUNTED_MS = 1;

/** Decides for each call to the file system where it is made. */
export class CallPlace {
  /** When the present turn has no more time for calls in place; absent before its first one. */
  #turnEndsAtMs: number | undefined;
  #averageMs = 0;
  #slowUntilMs = 0;

  /** @param now reads a clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Makes a call to the file system.
   *
   * @param inPlace makes the call and returns when it is done
   * @param pooled makes the same call in the thread pool
   */
  async call<Result>(inPlace: () => Result, pooled: () => Promise<Result>): Promise<Result> {
    const beganAtMs = this.now();
    if (beganAtMs < this.#slowUntilMs || beganAtMs >= this.#endOfTurn(beganAtMs)) {
      return pooled();
    }
    try {
      return inPlace();
    } finally {
      this.#count(beganAtMs);
    }
  }

  #endOfTurn(nowMs: number): number {
    if (this.#turnEndsAtMs === undefined) {
      this.#turnEndsAtMs = nowMs + TURN_MS;
      setImmediate(() => (this.#turnEndsAtMs = undefined));
    }
    return this.#turnEndsAtMs;
  }

  #count(beganAtMs: number): void {
    const endedAtMs = this.now();
    const countedMs = Math.min(endedAtMs - beganAtMs, MAX_COUNTED_MS);
    this.#averageMs += (countedMs - this.#averageMs) * WEIGHT;
    if (this.#averageMs > SLOW_MS) {
      this.#slowUntilMs = endedAtMs + SLOW_FOR_MS;
      // Half way, so that a few slow calls are enough the next time.
      this.#averageMs = SLOW_MS / 2;
    }
  }
}

/** Where the calls of this process are made. */
export const callPlace = new CallPlace();
