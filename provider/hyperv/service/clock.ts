import { setTimeout as sleep } from "node:timers/promises";

/** Where waiting is done; tests bring a clock whose time passes at once. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  /** Returns after `delayMs`, or earlier when `signal` fires. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  wait: async (delayMs, signal) => {
    try {
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch {
      // Interrupted: the caller looks at the signal.
    }
  },
};
