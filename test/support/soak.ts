/** Whether `npm run soak` runs the tests, which has the time for what `npm test` leaves out. */
export function isSoak(): boolean {
  return process.env["VHD_SOAK"] !== undefined;
}

/**
 * How many cases a property is tried with: as many as are usual, or so many times more when
 * `npm run soak` asks.
 *
 * @param usual what a run of all tests has the time for
 * @param atLeast how many `npm run soak` tries in any case
 */
export function soakRuns(usual: number, atLeast = 0): number {
  const times = process.env["VHD_SOAK"];
  return times === undefined ? usual : Math.max(usual * Number(times), atLeast);
}
