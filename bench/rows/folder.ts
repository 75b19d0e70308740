import { mkdir } from "node:fs/promises";
import {
  GIB,
  type RecordedDisk,
  createBase,
  createChildren,
  deleteChild,
  forEachAtOnce,
} from "../support/disks";
import { compareTimes, measureOnce, medianOf } from "../support/measure";
import type { Effort, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";

const BATCH = 50;

/** A folder of disks that grows. */
interface Folder {
  readonly path: string;
  count: number;
}

/** How long making a batch of disks, and deleting it again, took in each round. */
interface BatchTimes {
  readonly create: number[];
  readonly delete: number[];
}

/** Whether one disk more costs the same, however many there are. */
export const folder: Row = {
  id: "folder",
  title: "One create and one delete in a folder of 10,000 disks",
  against: "in a folder of 500",
  rounds: 7,
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    const basePath = scratch("base.vhdx");
    await createBase(basePath, 64 * GIB);
    const small: Folder = { path: scratch("small"), count: 0 };
    const large: Folder = { path: scratch("large"), count: 0 };
    await mkdir(small.path);
    await mkdir(large.path);
    const curves = { create: [] as [number, number][], delete: [] as [number, number][] };
    for (const count of isQuick ? [10, 50, 200] : [10, 30, 100, 300, 500, 1000, 3000, 10_000]) {
      await grow(large, basePath, count);
      const [times] = await measureBatches([large], basePath, 3);
      curves.create.push([count, medianOf(times!.create) / BATCH]);
      curves.delete.push([count, medianOf(times!.delete) / BATCH]);
    }
    await grow(small, basePath, isQuick ? 20 : 500);
    const [inLarge, inSmall] = await measureBatches([large, small], basePath, rounds);
    return {
      figures: [
        compareTimes("create", inLarge!.create, inSmall!.create, 1.3),
        compareTimes("delete", inLarge!.delete, inSmall!.delete, 1.3),
      ],
      growth: {
        xTitle: "disks in the folder",
        xUnit: "count",
        yTitle: "one step",
        yUnit: "ms",
        curves: Object.entries(curves).map(([name, points]) => ({ name, points })),
      },
    };
  },
};

async function grow(target: Folder, basePath: string, count: number): Promise<void> {
  const start = target.count;
  const pathOf = (index: number): string => `${target.path}/disk-${start + index}.vhdx`;
  await createChildren(count - start, basePath, pathOf);
  target.count = count;
}

/** Makes and deletes a batch of disks in each folder in turns. One round goes ahead uncounted. */
async function measureBatches(
  folders: readonly Folder[],
  basePath: string,
  rounds: number,
): Promise<readonly BatchTimes[]> {
  const times = folders.map((): BatchTimes => ({ create: [], delete: [] }));
  for (let round = -1; round < rounds; round += 1) {
    const indexes = folders.map((_, index) => index);
    for (const index of round % 2 === 0 ? indexes : indexes.toReversed()) {
      const { path } = folders[index]!;
      let disks: RecordedDisk[] = [];
      const createMs = await measureOnce({
        run: async () => {
          disks = await createChildren(BATCH, basePath, (number) => `${path}/new-${number}.vhdx`);
        },
      });
      const deleteMs = await measureOnce({
        run: () => forEachAtOnce(BATCH, (number) => deleteChild(disks[number]!)),
      });
      if (round >= 0) {
        times[index]!.create.push(createMs);
        times[index]!.delete.push(deleteMs);
      }
    }
  }
  return times;
}
