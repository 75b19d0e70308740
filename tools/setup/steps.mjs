/**
 * Says what is being done, does it, and says how long it took.
 *
 * @template T
 * @param {string} title what is done, as `build the package`
 * @param {() => Promise<T>} action
 * @returns {Promise<T>} what the action returns
 */
export async function step(title, action) {
  const startedAtMs = performance.now();
  say(`${title} ...`);
  const result = await action();
  say(`${title}: done in ${formatDuration(performance.now() - startedAtMs)}`);
  return result;
}

/**
 * Prints one line of the set-up to the error output, so that the output of a command stays its own.
 *
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`[set-up] ${line}\n`);
}

/**
 * A duration for people: `340 ms`, `12.3 s`, `3 min 20 s`.
 *
 * @param {number} durationMs
 */
export function formatDuration(durationMs) {
  if (durationMs < 1000) {
    return `${Math.round(durationMs)} ms`;
  }
  if (durationMs < 60_000) {
    return `${(durationMs / 1000).toFixed(1)} s`;
  }
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
