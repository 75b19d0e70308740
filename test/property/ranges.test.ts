import fc from "fast-check";
import {
  type ChangedRange,
  appendRange,
  clipRange,
  endOf,
  normalizeRanges,
  sumLengthBytes,
} from "../../provider/disk/ranges";
import { soakRuns } from "../support/soak";

const SIZE = 200;

const range = fc.tuple(fc.nat(SIZE - 1), fc.nat(40)).map(([offsetBytes, length]) => ({
  offsetBytes,
  lengthBytes: Math.min(length, SIZE - offsetBytes),
}));

/** The naive model: one flag a byte. */
function toFlags(ranges: readonly ChangedRange[]): boolean[] {
  const flags = Array.from({ length: SIZE }, () => false);
  for (const { offsetBytes, lengthBytes } of ranges) {
    flags.fill(true, offsetBytes, offsetBytes + lengthBytes);
  }
  return flags;
}

function isNormal(ranges: readonly ChangedRange[]): boolean {
  return ranges.every((each, index) => {
    const next = ranges[index + 1];
    return each.lengthBytes > 0 && (next === undefined || endOf(each) < next.offsetBytes);
  });
}

describe("the algebra of ranges", () => {
  it("normalises to the same bytes, sorted, disjoint, merged and none empty", () => {
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const normal = normalizeRanges(ranges);

        expect(isNormal(normal)).toBe(true);
        expect(toFlags(normal)).toEqual(toFlags(ranges));
        expect(sumLengthBytes(normal)).toBe(toFlags(ranges).filter(Boolean).length);
      }),
      { numRuns: soakRuns(100) },
    );
  });

  it("appends in order to the same bytes", () => {
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const sorted = normalizeRanges(ranges).flatMap(({ offsetBytes, lengthBytes }) => {
          const half = Math.ceil(lengthBytes / 2);
          return [
            { offsetBytes, lengthBytes: half },
            { offsetBytes: offsetBytes + half - 1, lengthBytes: lengthBytes - half + 1 },
          ];
        });
        const list: ChangedRange[] = [];

        sorted.forEach((each) => appendRange(list, each));

        expect(isNormal(list)).toBe(true);
        expect(toFlags(list)).toEqual(toFlags(ranges));
      }),
      { numRuns: soakRuns(100) },
    );
  });

  it("clips to exactly the bytes in both", () => {
    fc.assert(
      fc.property(range, range, (one, window) => {
        const clipped = clipRange(one, window);
        const both = toFlags([one]).map((flag, index) => flag && toFlags([window])[index] === true);

        expect(toFlags(clipped === undefined ? [] : [clipped])).toEqual(both);
      }),
      { numRuns: soakRuns(100) },
    );
  });
});
