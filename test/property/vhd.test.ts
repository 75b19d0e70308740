import * as fc from "fast-check";
import type { ChangedRange } from "../../provider/disk/ranges";
import { readContent } from "../../provider/image/content";
import type { DiskImage } from "../../provider/image/disk-image";
import { openVhd } from "../../provider/image/vhd/open";
import { collectDataRanges, collectExtents, readAllContent } from "../support/image-content";
import { md5 } from "../support/oracles";
import { soakRuns } from "../support/soak";
import { SIZE_BYTES, buildChildVhd, buildVhd } from "../support/vhd-image";
import { writeVhdContent } from "../support/vhd-writer";

const SECTOR_COUNT = SIZE_BYTES / 512;

/** One write of whole sectors. */
interface Write {
  readonly sector: number;
  readonly sectorCount: number;
  readonly value: number;
}

const writes = fc.array(
  fc
    .record({
      sector: fc.nat(SECTOR_COUNT - 1),
      sectorCount: fc.integer({ min: 1, max: 20 }),
      value: fc.integer({ min: 1, max: 255 }),
    })
    .map((write): Write => ({
      ...write,
      sectorCount: Math.min(write.sectorCount, SECTOR_COUNT - write.sector),
    })),
  { maxLength: 8 },
);

const windows = fc
  .tuple(fc.nat(SIZE_BYTES - 1), fc.nat(SIZE_BYTES))
  .map(([offsetBytes, lengthBytes]) => ({
    offsetBytes,
    lengthBytes: Math.min(lengthBytes, SIZE_BYTES - offsetBytes),
  }));

async function openWritten(
  build: () => ReturnType<typeof buildVhd>,
  list: readonly Write[],
): Promise<DiskImage> {
  const file = await build();
  for (const { sector, sectorCount, value } of list) {
    await writeVhdContent(file, sector * 512, new Uint8Array(sectorCount * 512).fill(value));
  }
  return openVhd(file);
}

/** What the disk reads as, without knowing of blocks or bitmaps. */
function modelContent(...layers: readonly (readonly Write[])[]): Uint8Array {
  const content = new Uint8Array(SIZE_BYTES);
  for (const { sector, sectorCount, value } of layers.flat()) {
    content.fill(value, sector * 512, (sector + sectorCount) * 512);
  }
  return content;
}

/** The sectors ever written, as merged ranges, by a naive array of bits. */
function modelRanges(list: readonly Write[]): ChangedRange[] {
  const written = Array.from({ length: SECTOR_COUNT }, (_, index) =>
    list.some(({ sector, sectorCount }) => index >= sector && index < sector + sectorCount),
  );
  const ranges: ChangedRange[] = [];
  for (let start = 0; start < SECTOR_COUNT; start += 1) {
    let end = start;
    while (written[end] === true) {
      end += 1;
    }
    if (end > start) {
      ranges.push({ offsetBytes: start * 512, lengthBytes: (end - start) * 512 });
      start = end;
    }
  }
  return ranges;
}

describe("a VHD after any writes", () => {
  it("holds exactly the sectors that were written, where it is a differencing disk", async () => {
    await fc.assert(
      fc.asyncProperty(writes, async (list) => {
        const image = await openWritten(() => buildChildVhd(), list);

        expect(await collectDataRanges(image)).toEqual(modelRanges(list));
      }),
      { numRuns: soakRuns(60) },
    );
  });

  it("reads through a chain of three what was written last", async () => {
    await fc.assert(
      fc.asyncProperty(writes, writes, writes, async (base, child, grandchild) => {
        const images = [
          await openWritten(() => buildChildVhd(), grandchild),
          await openWritten(() => buildChildVhd(), child),
          await openWritten(() => buildVhd(), base),
        ];

        expect(md5(await readAllContent(...images))).toBe(
          md5(modelContent(base, child, grandchild)),
        );
      }),
      { numRuns: soakRuns(40) },
    );
  });

  it.each(["dynamic", "fixed"] as const)(
    "reads any window as a part of the whole (%s)",
    async (type) => {
      await fc.assert(
        fc.asyncProperty(writes, windows, async (list, { offsetBytes, lengthBytes }) => {
          const image = await openWritten(() => buildVhd({ type }), list);
          const part = new Uint8Array(lengthBytes);

          await readContent([image], offsetBytes, part);

          expect(md5(part)).toBe(
            md5(modelContent(list).subarray(offsetBytes, offsetBytes + lengthBytes)),
          );
        }),
        { numRuns: soakRuns(60) },
      );
    },
  );

  it("says extents that cover any window in order, without gaps or empty ones", async () => {
    await fc.assert(
      fc.asyncProperty(writes, windows, async (list, { offsetBytes, lengthBytes }) => {
        const image = await openWritten(() => buildChildVhd(), list);

        let at = offsetBytes;
        for (const extent of await collectExtents(image, offsetBytes, lengthBytes)) {
          expect(extent.offsetBytes).toBe(at);
          expect(extent.lengthBytes).toBeGreaterThan(0);
          at += extent.lengthBytes;
        }

        expect(at).toBe(offsetBytes + lengthBytes);
      }),
      { numRuns: soakRuns(60) },
    );
  });
});
