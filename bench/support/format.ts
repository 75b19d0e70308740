/** A ratio with two significant digits, as far as they mean something: `0.42`, `1.7`, `23`. */
export function formatRatio(ratio: number): string {
  if (ratio >= 10) {
    return ratio.toFixed(0);
  }
  return ratio >= 1 ? ratio.toFixed(1) : ratio.toFixed(2);
}

/** A duration with three significant digits: `1.24 s`, `31.5 ms`, `840 us`. */
export function formatDuration(durationMs: number): string {
  if (durationMs >= 1000) {
    return `${(durationMs / 1000).toPrecision(3)} s`;
  }
  return durationMs >= 1 ? `${durationMs.toPrecision(3)} ms` : `${(durationMs * 1000).toPrecision(3)} us`;
}
