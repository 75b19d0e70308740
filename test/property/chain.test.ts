import fc from "fast-check";
import type { ChangedRange } from "../../provider/disk/ranges";
import { normalizeRanges } from "../../provider/disk/ranges";
import { openChain } from "../../provider/image/chain";
import { readChanges } from "../../provider/image/changes";
import { readContent } from "../../provider/image/content";
import { MemoryDisks } from "../support/memory-disks";
import { soakRuns } from "../support/soak";

const SECTOR_SIZE_BYTES = 512;
const SIZE_BYTES = 4 * 1024 * 1024;
const SECTOR_COUNT = SIZE_BYTES / SECTOR_SIZE_BYTES;

interface Write {
  readonly sector: number;
  readonly count: number;
  readonly value: number;
}

const anyWrites = fc.array(
  fc.record<Write>({
    sector: fc.nat(SECTOR_COUNT - 1),
    count: fc.integer({ min: 1, max: 3000 }),
    value: fc.integer({ min: 1, max: 255 }),
  }),
  { maxLength: 4 },
);

/** Runs of one length with gaps of one length, around those up to which gaps are read as well. */
const writesInTurns = fc
  .record({
    sector: fc.nat(SECTOR_COUNT - 1),
    count: fc.constantFrom(1, 3, 8, 128),
    gap: fc.constantFrom(1, 7, 8, 24, 127, 128, 129),
    turns: fc.integer({ min: 2, max: 40 }),
  })
  .map(({ sector, count, gap, turns }) =>
    Array.from({ length: turns }, (_, turn) => ({
      sector: sector + turn * (count + gap),
      count,
      value: 1 + turn,
    })).filter((write) => write.sector < SECTOR_COUNT),
  );

/** Writes to the levels of a chain, the base first. */
const levels = fc.array(fc.oneof(anyWrites, writesInTurns), { minLength: 2, maxLength: 4 });

/** The naive model: the content of each level, and which bytes of it were written there. */
interface Model {
  readonly content: Uint8Array;
  readonly written: ChangedRange[][];
}

async function build(disks: MemoryDisks, plan: readonly (readonly Write[])[]): Promise<Model> {
  const content = new Uint8Array(SIZE_BYTES);
  const written: ChangedRange[][] = [];
  for (const [level, writes] of plan.entries()) {
    const path = `/disks/${level}`;
    await (level === 0
      ? disks.createBase(path, SIZE_BYTES)
      : disks.createChild(path, `/disks/${level - 1}`));
    written.push([]);
    for (const { sector, count, value } of writes) {
      const offsetBytes = sector * SECTOR_SIZE_BYTES;
      const lengthBytes = Math.min(count * SECTOR_SIZE_BYTES, SIZE_BYTES - offsetBytes);
      await disks.write(path, offsetBytes, new Uint8Array(lengthBytes).fill(value));
      content.fill(value, offsetBytes, offsetBytes + lengthBytes);
      written[level]?.push({ offsetBytes, lengthBytes });
    }
  }
  return { content, written };
}

describe.each(["vhd", "vhdx"] as const)(
  "a chain of %s images with any writes to any level",
  (format) => {
    it("reads as a naive overlay of these writes", async () => {
      await fc.assert(
        fc.asyncProperty(
          levels,
          fc.nat(SIZE_BYTES - 1),
          fc.nat(SIZE_BYTES),
          async (plan, start, length) => {
            const disks = new MemoryDisks(format);
            const { content } = await build(disks, plan);
            const chain = await openChain(disks, `/disks/${plan.length - 1}`);
            const images = chain.links.map((link) => link.image);
            const whole = new Uint8Array(SIZE_BYTES);
            const part = new Uint8Array(Math.min(length, SIZE_BYTES - start));

            await readContent(images, 0, whole);
            await readContent(images, start, part);
            await chain.close();

            expect(Buffer.compare(whole, content)).toBe(0);
            expect(Buffer.compare(part, content.subarray(start, start + part.length))).toBe(0);
          },
        ),
        { numRuns: soakRuns(40) },
      );
    });

    it("says as changed since any ancestor exactly what was written below it, in any window", async () => {
      await fc.assert(
        fc.asyncProperty(
          levels,
          fc.nat(SIZE_BYTES - 1),
          fc.nat(SIZE_BYTES),
          async (plan, start, length) => {
            const disks = new MemoryDisks(format);
            const { written } = await build(disks, plan);
            const chain = await openChain(disks, `/disks/${plan.length - 1}`);
            const images = chain.links.map((link) => link.image);
            const window = {
              offsetBytes: start,
              lengthBytes: Math.min(length, SIZE_BYTES - start),
            };

            for (let ancestor = 0; ancestor < plan.length - 1; ancestor += 1) {
              const ranges: ChangedRange[] = [];
              for await (const batch of readChanges(
                images.slice(0, plan.length - 1 - ancestor),
                window,
                SIZE_BYTES,
              )) {
                ranges.push(...batch.ranges);
              }

              expect(ranges).toEqual(
                clipAll(normalizeRanges(written.slice(ancestor + 1).flat()), window),
              );
            }
            await chain.close();
          },
        ),
        { numRuns: soakRuns(40) },
      );
    });
  },
);

function clipAll(ranges: readonly ChangedRange[], window: ChangedRange): ChangedRange[] {
  const end = window.offsetBytes + window.lengthBytes;
  return ranges
    .map(({ offsetBytes, lengthBytes }) => {
      const from = Math.max(offsetBytes, window.offsetBytes);
      return { offsetBytes: from, lengthBytes: Math.min(offsetBytes + lengthBytes, end) - from };
    })
    .filter((range) => range.lengthBytes > 0);
}
