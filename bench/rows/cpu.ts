import { mkdir } from "node:fs/promises";
import {
  GIB,
  checkChild,
  createBase,
  createChecked,
  createChildren,
  deleteChild,
  forEachAtOnce,
  readChild,
} from "../support/disks";
import { summarize } from "../support/measure";
import type { Effort, Figure, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";

/**
 * A fifth of what each step took before it was looked at. They hold for a machine like the one of
 * docs/performance.md.
 */
const BOUNDS_MS = { create: 1.72, read: 0.48, check: 0.3, delete: 1.42 } as const;

type Step = keyof typeof BOUNDS_MS;

/** Processor time of the provider alone, in process: what Pulumi and the disk do not hide. */
export const cpu: Row = {
  id: "cpu",
  title: "Processor time of one step, 8 at a time, in a folder of 1,000 disks",
  against: "a fifth of 8.6, 2.4, 1.5 and 7.1 ms",
  rounds: 5,
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    const basePath = scratch("base.vhdx");
    await createBase(basePath, 64 * GIB);
    await mkdir(scratch("disks"));
    const standing = isQuick ? 100 : 1000;
    await createChildren(standing, basePath, (index) => scratch("disks", `old-${index}.vhdx`));
    const times: Record<Step, number[]> = { create: [], read: [], check: [], delete: [] };
    const count = isQuick ? 20 : 200;
    for (let round = -1; round < rounds; round += 1) {
      const paths = Array.from({ length: count }, (_, index) =>
        scratch("disks", `new-${round}-${index}.vhdx`),
      );
      const each = await measureSteps(paths, basePath);
      for (const step of round < 0 ? [] : (Object.keys(times) as Step[])) {
        times[step].push(each[step]);
      }
    }
    const figures = Object.entries(times).map(([step, values]): Figure =>
      summarize(step, "ms", values, BOUNDS_MS[step as Step]),
    );
    return { figures };
  },
};

async function measureSteps(
  paths: readonly string[],
  basePath: string,
): Promise<Record<Step, number>> {
  const time = async <Result>(
    action: (index: number) => Promise<Result>,
  ): Promise<[number, Result[]]> => {
    const before = process.cpuUsage();
    const results = await forEachAtOnce(paths.length, action);
    const { user, system } = process.cpuUsage(before);
    return [(user + system) / 1000 / paths.length, results];
  };
  const [check, inputs] = await time((index) => checkChild(paths[index]!, basePath));
  const [create, disks] = await time((index) => createChecked(inputs[index]!));
  const [read] = await time((index) => readChild(disks[index]!));
  const [remove] = await time((index) => deleteChild(disks[index]!));
  return { create, read, check, delete: remove };
}
