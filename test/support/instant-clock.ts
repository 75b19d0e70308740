import type { Clock } from "../../provider/hyperv/service/clock";

/** A clock whose time passes at once, and only when somebody waits. */
export class InstantClock implements Clock {
  /** The delays waited for, in order. */
  readonly delaysMs: number[] = [];
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  wait(delayMs: number): Promise<void> {
    this.delaysMs.push(delayMs);
    this.#nowMs += delayMs;
    return Promise.resolve();
  }
}
