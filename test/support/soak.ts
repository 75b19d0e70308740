/**
 * How many cases a property is tried with: as many as are usual, or so many times more when
 * `npm run soak` asks.
 *
 * @param usual what a run of all tests has the time for
 */
export function soakRuns(usual: number): number {
  return usual * Number(process.env["VHD_SOAK"] ?? 1);
}
