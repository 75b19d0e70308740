import {
  isSectorPresent,
  markSectors,
  visitSectorRuns,
} from "../../../../provider/image/vhdx/sector-bitmap";

function runsOf(bitmap: Uint8Array, start: number, end: number): [boolean, number][] {
  const runs: [boolean, number][] = [];
  visitSectorRuns(bitmap, start, end, (isPresent, sectorCount) =>
    runs.push([isPresent, sectorCount]),
  );
  return runs;
}

describe("a sector bitmap", () => {
  it("has the first sector in the least significant bit, unlike that of a VHD", () => {
    const bitmap = Uint8Array.of(0b0000_0001, 0b1000_0000);

    const present = Array.from({ length: 16 }, (_, sector) => sector).filter((each) =>
      isSectorPresent(bitmap, each),
    );

    expect(present).toEqual([0, 15]);
  });

  it.each([
    ["all absent", [0, 0, 0], 0, 24, [[false, 24]]],
    ["all present", [255, 255, 255], 0, 24, [[true, 24]]],
    [
      "a run over the end of a byte",
      [0b1100_0000, 0b0000_0011],
      0,
      16,
      [
        [false, 6],
        [true, 4],
        [false, 6],
      ],
    ],
    [
      "a change inside a byte",
      [0b0000_0101],
      0,
      8,
      [
        [true, 1],
        [false, 1],
        [true, 1],
        [false, 5],
      ],
    ],
    ["a window inside a byte", [0b0011_1100], 3, 5, [[true, 2]]],
    [
      "a window that begins in a byte and ends in another",
      [255, 255, 0],
      5,
      18,
      [
        [true, 11],
        [false, 2],
      ],
    ],
    ["a single sector", [0b0000_1000], 3, 4, [[true, 1]]],
    ["nothing", [255], 4, 4, []],
  ])("is told as runs: %s", (_, bytes, start, end, expected) => {
    const runs = runsOf(Uint8Array.from(bytes), start, end);

    expect(runs).toEqual(expected);
  });

  it.each([
    [0, 24],
    [3, 5],
    [7, 9],
    [8, 16],
    [5, 21],
    [9, 9],
  ])("has exactly the bits of sectors %p to %p marked and cleared", (start, end) => {
    const marked = new Uint8Array(3);
    const cleared = new Uint8Array(3).fill(255);

    markSectors(marked, start, end, true);
    markSectors(cleared, start, end, false);

    const sectors = Array.from({ length: 24 }, (_, sector) => sector);
    const isInside = (sector: number): boolean => sector >= start && sector < end;
    expect(sectors.filter((sector) => isSectorPresent(marked, sector))).toEqual(
      sectors.filter(isInside),
    );
    expect(sectors.filter((sector) => !isSectorPresent(cleared, sector))).toEqual(
      sectors.filter(isInside),
    );
  });
});
