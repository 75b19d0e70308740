import * as fc from "fast-check";
import { GIB, MIB } from "../../../../provider/image/bytes";
import { computeChsGeometry } from "../../../../provider/image/vhd/chs";

/** The algorithm of the specification, step by step. */
function computeStepByStep(sizeBytes: number): [number, number, number] {
  const total = Math.min(sizeBytes / 512, 65535 * 16 * 255);
  let sectorsPerTrack = 255;
  let heads = 16;
  let tracks = Math.floor(total / sectorsPerTrack);
  if (total < 65535 * 16 * 63) {
    sectorsPerTrack = 17;
    tracks = Math.floor(total / sectorsPerTrack);
    heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
    if (tracks >= heads * 1024 || heads > 16) {
      sectorsPerTrack = 31;
      heads = 16;
      tracks = Math.floor(total / sectorsPerTrack);
    }
    if (tracks >= heads * 1024) {
      sectorsPerTrack = 63;
      heads = 16;
      tracks = Math.floor(total / sectorsPerTrack);
    }
  }
  return [Math.floor(tracks / heads), heads, sectorsPerTrack];
}

describe("the CHS geometry", () => {
  it.each([
    [4 * MIB, 120, 4, 17], //     as in disks of this size that Windows made
    [127 * GIB, 65278, 16, 255], // as in a disk that Virtual PC made
    [2040 * GIB, 65535, 16, 255],
    [512, 0, 4, 17],
  ])("of %p bytes is %p/%p/%p", (sizeBytes, cylinders, heads, sectorsPerTrack) => {
    const geometry = computeChsGeometry(sizeBytes);

    expect(geometry).toEqual({ cylinders, heads, sectorsPerTrack });
  });

  it("is that of the specification's algorithm for any size", () => {
    const sizes = fc.oneof(
      fc.integer({ min: 1, max: 0x2000 }),
      fc.integer({ min: 1, max: 0x200000 }),
      fc.integer({ min: 1, max: 0xff000000 }),
    );

    fc.assert(
      fc.property(sizes, (sectors) => {
        const { cylinders, heads, sectorsPerTrack } = computeChsGeometry(sectors * 512);
        expect([cylinders, heads, sectorsPerTrack]).toEqual(computeStepByStep(sectors * 512));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    17 * 1024 * 4,
    17 * 1024 * 16,
    31 * 1024 * 16,
    63 * 1024 * 16,
    65535 * 16 * 63,
    65535 * 16 * 255,
  ])(
    "is that of the specification's algorithm around %p sectors, where it changes its mind",
    (edge) => {
      for (let sectors = edge - 40; sectors <= edge + 40; sectors += 1) {
        const { cylinders, heads, sectorsPerTrack } = computeChsGeometry(sectors * 512);

        expect([cylinders, heads, sectorsPerTrack]).toEqual(computeStepByStep(sectors * 512));
      }
    },
  );
});
