/**
 * A run of bytes of a virtual disk: `offsetBytes` inclusive, `offsetBytes + lengthBytes` exclusive;
 * whole numbers.
 */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * A run of bytes of a virtual disk that changed: `offsetBytes` inclusive,
 * `offsetBytes + lengthBytes` exclusive. Both are whole numbers; `lengthBytes` is at least 1.
 */
export interface ChangedRange {
  /** Where it begins, in bytes from the beginning of the disk. */
  readonly offsetBytes: number;
  /** How many bytes it covers, at least 1. */
  readonly lengthBytes: number;
}

/** The first byte behind a range. */
export function endOf(range: ByteRange): number {
  return range.offsetBytes + range.lengthBytes;
}

/**
 * Brings ranges in any order, overlapping or empty, to the form every answer of this package has:
 * sorted, disjoint, merged where they touch, none empty.
 *
 * @param ranges in any order
 * @returns a new array
 */
export function normalizeRanges(ranges: readonly ChangedRange[]): ChangedRange[] {
  const sorted = ranges
    .filter((range) => range.lengthBytes > 0)
    .toSorted((left, right) => left.offsetBytes - right.offsetBytes);
  const merged: ChangedRange[] = [];
  for (const range of sorted) {
    appendRange(merged, range);
  }
  return merged;
}

/**
 * Appends a range to a sorted list, merging it with the last one where the two touch or overlap.
 *
 * @param list sorted and disjoint; changed in place
 * @param range begins at or behind the beginning of the last one of `list`
 */
export function appendRange(list: ChangedRange[], range: ChangedRange): void {
  const last = list.at(-1);
  if (last === undefined || range.offsetBytes > endOf(last)) {
    list.push(range);
    return;
  }
  const end = Math.max(endOf(last), endOf(range));
  list[list.length - 1] = { offsetBytes: last.offsetBytes, lengthBytes: end - last.offsetBytes };
}

/**
 * Cuts a range to a window.
 *
 * @param range any range
 * @param window the bytes to keep
 * @returns what is inside both, or `undefined` where nothing is
 */
export function clipRange(range: ChangedRange, window: ChangedRange): ChangedRange | undefined {
  const start = Math.max(range.offsetBytes, window.offsetBytes);
  const end = Math.min(endOf(range), endOf(window));
  return end > start ? { offsetBytes: start, lengthBytes: end - start } : undefined;
}

/** The number of bytes that a sorted, disjoint list of ranges covers. */
export function sumLengthBytes(ranges: readonly ChangedRange[]): number {
  return ranges.reduce((total, range) => total + range.lengthBytes, 0);
}
