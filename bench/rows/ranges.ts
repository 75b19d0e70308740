import { GIB, KIB, MIB, countRanges, createBase, createChild } from "../support/disks";
import { alternate, medianOf, slopeAtEnd, summarize } from "../support/measure";
import { runProbe } from "../support/programs";
import type { Effort, Figure, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";
import { fillVhd } from "../support/vhd-blocks";
import { fillVhdx } from "../support/vhdx-blocks";

const SIZE_BYTES = 64 * GIB;
const BLOCK_BYTES = 2 * MIB;
/** 64 ranges in each block. */
const RUN_BYTES = 16 * KIB;
const FORMATS = { vhdx: fillVhdx, vhd: fillVhd } as const;

/** Change queries: all that a child holds itself. */
export const ranges: Row = {
  id: "ranges",
  title: "Change query of 1,000,000 ranges",
  against: "a process that does nothing; a straight line",
  rounds: 3,
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    const curves = [];
    const figures: Figure[] = [];
    for (const [format, fill] of Object.entries(FORMATS)) {
      const basePath = scratch(`base.${format}`);
      await createBase(basePath, SIZE_BYTES, BLOCK_BYTES);
      const points: [number, number][] = [];
      let path = "";
      for (const wanted of isQuick
        ? [1, 100, 10_000]
        : [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]) {
        path = scratch(`child-${wanted}.${format}`);
        await createChild(path, basePath);
        const runBytes = wanted === 1 ? BLOCK_BYTES / 2 : RUN_BYTES;
        const maxBlocks = Math.ceil(wanted / (BLOCK_BYTES / runBytes / 2));
        const content = { sizeBytes: SIZE_BYTES, blockSizeBytes: BLOCK_BYTES, maxBlocks, runBytes };
        const { rangeCount } = await fill(path, content);
        const { ours } = await alternate(
          { ours: { run: () => expectRanges(path, rangeCount) } },
          rounds,
        );
        points.push([rangeCount, medianOf(ours)]);
      }
      const slope = slopeAtEnd(points);
      const name = `${format}: growth, 1 is a straight line`;
      figures.push({ name, unit: "slope", value: slope, least: slope, most: slope, bound: 1.1 });
      figures.push(await measureMemory(format, path, rounds));
      curves.push({ name: format, points });
    }
    return {
      figures,
      growth: { xTitle: "ranges", xUnit: "count", yTitle: "query", yUnit: "ms", curves },
    };
  },
};

async function expectRanges(path: string, rangeCount: number): Promise<void> {
  const answered = await countRanges(path);
  if (answered !== rangeCount) {
    throw new Error(`the query of ${path} answered ${answered} ranges instead of ${rangeCount}`);
  }
}

async function measureMemory(format: string, path: string, rounds: number): Promise<Figure> {
  const extra: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const idleBytes = await runProbe<number>("memory", ["idle"]);
    extra.push((await runProbe<number>("memory", ["ranges", path])) - idleBytes);
  }
  return summarize(
    `${format}: memory at the peak, over a process that does nothing`,
    "bytes",
    extra,
    100 * MIB,
  );
}
