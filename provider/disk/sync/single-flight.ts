/**
 * Lets callers that ask the same question at the same time share one answer, which is never older
 * than any of their questions.
 *
 * Who asks while an answer is being found shares the next one: a hundred deletions in one folder
 * look through it a few times instead of a hundred.
 */
export class SingleFlight<T> {
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<T>>();

  /**
   * @param pause lets a little time pass before an answer is found, so that others may join; for
   *   answers that are dearer than the wait
   */
  constructor(private readonly pause?: (key: string) => Promise<void>) {}

  /**
   * @param key what is asked
   * @param ask finds the answer; it begins after this call
   */
  share(key: string, ask: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      return waiting;
    }
    const before = this.#running.get(key) ?? Promise.resolve();
    const { pause } = this;
    const ready = pause === undefined ? before : before.then(() => pause(key));
    const answer = ready.then(() => this.#begin(key, ask));
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
