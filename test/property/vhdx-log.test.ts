import fc from "fast-check";
import type { LogUpdate } from "../../provider/image/vhdx/log";
import { MergedUpdates } from "../../provider/image/vhdx/merged-updates";
import { soakRuns } from "../support/soak";

const SECTOR = 4096;
const SECTOR_COUNT = 24;

const updates = fc.array(
  fc.record({
    sector: fc.nat(SECTOR_COUNT - 1),
    sectorCount: fc.integer({ min: 1, max: 6 }),
    isData: fc.boolean(),
  }),
  { maxLength: 30 },
);

function toUpdate(sector: number, sectorCount: number, isData: boolean, index: number): LogUpdate {
  const place = { offsetBytes: sector * SECTOR, lengthBytes: (isData ? 1 : sectorCount) * SECTOR };
  return { kind: isData ? "data" : "zero", ...place, dataOffset: index, edges: new Uint8Array() };
}

describe("the merged updates of a log", () => {
  it("are for each sector the last one that changes it, in order and without overlaps, in any window", () => {
    fc.assert(
      fc.property(updates, fc.nat(30), fc.nat(30), (plan, start, length) => {
        const list = plan.map(({ sector, sectorCount, isData }, index) =>
          toUpdate(sector, sectorCount, isData, index),
        );
        const end = start + length;

        const found: (LogUpdate | undefined)[] = Array.from({ length });
        let last = start * SECTOR;
        for (const part of new MergedUpdates(list).findOverlaps(start * SECTOR, end * SECTOR)) {
          expect(part.offsetBytes).toBeGreaterThanOrEqual(last);
          expect(part.lengthBytes).toBeGreaterThan(0);
          last = part.offsetBytes + part.lengthBytes;
          found.fill(part.update, part.offsetBytes / SECTOR - start, last / SECTOR - start);
        }

        const expected = Array.from({ length }, (_, index) =>
          list.findLast(({ offsetBytes, lengthBytes }) => {
            const at = (start + index) * SECTOR;
            return at >= offsetBytes && at < offsetBytes + lengthBytes;
          }),
        );
        expect(found).toEqual(expected);
        expect(last).toBeLessThanOrEqual(Math.max(end, start) * SECTOR);
      }),
      { numRuns: soakRuns(500) },
    );
  });
});
