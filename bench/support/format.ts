import type { Unit } from "./row";

const SIZES = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** A number for people, with as many digits as mean something: `1.24 s`, `0.42`, `2.3 MiB`. */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case "ms":
      return formatDuration(value);
    case "bytes":
      return formatSize(value);
    case "ratio":
    case "slope":
      return value >= 10 ? value.toFixed(0) : value.toFixed(2);
    case "calls":
    case "count":
      return Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(1);
  }
}

/** A duration with three significant digits: `1.24 s`, `31.5 ms`, `840 us`. */
function formatDuration(durationMs: number): string {
  if (durationMs >= 1000) {
    return `${Number((durationMs / 1000).toPrecision(3))} s`;
  }
  return durationMs >= 1
    ? `${Number(durationMs.toPrecision(3))} ms`
    : `${Number((durationMs * 1000).toPrecision(3))} us`;
}

/** Small sizes to the byte: the size of a state is bounded to the byte. */
function formatSize(sizeBytes: number): string {
  if (sizeBytes < 10_000) {
    return `${Math.round(sizeBytes).toLocaleString("en")} bytes`;
  }
  const power = Math.min(Math.floor(Math.log2(sizeBytes) / 10), SIZES.length - 1);
  return `${Number((sizeBytes / 1024 ** power).toPrecision(3))} ${SIZES[power]!}`;
}
