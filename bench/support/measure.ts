import { formatValue } from "./format";
import type { Figure, Unit } from "./row";

/** One side of a comparison. */
export interface Task {
  /** Makes what a round uses up; not measured. */
  prepare?(): Promise<void>;
  run(): Promise<unknown>;
}

/** How long each round took. */
export type Times = readonly number[];

/**
 * Measures tasks in turns: each round measures each of them once, beginning with another one each
 * time, because whoever comes first finds the machine in another state. One round goes ahead
 * uncounted.
 *
 * @returns the times of each task, in milliseconds
 */
export async function alternate<Name extends string>(
  tasks: Readonly<Record<Name, Task>>,
  rounds: number,
  warmUps = 1,
): Promise<Record<Name, Times>> {
  const names = Object.keys(tasks) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = -warmUps; round < rounds; round += 1) {
    const first = (round + warmUps) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const durationMs = await measureOnce(tasks[name]);
      if (round >= 0) {
        times[name].push(durationMs);
      }
    }
  }
  return times;
}

/** Measures one run of a task, in milliseconds. */
export async function measureOnce(task: Task): Promise<number> {
  await task.prepare?.();
  const startedAtMs = performance.now();
  await task.run();
  return performance.now() - startedAtMs;
}

/**
 * How many times as long one side took as the other: the median over the rounds, each compared with
 * its own.
 */
export function compareTimes(name: string, ours: Times, theirs: Times, bound?: number): Figure {
  const ratios = ours.map((time, round) => time / theirs[round]!);
  const behind = `${formatValue(medianOf(ours), "ms")} : ${formatValue(medianOf(theirs), "ms")}`;
  return { ...summarize(name, "ratio", ratios, bound), behind };
}

/** The median of some values, and how far they spread. */
export function summarize(
  name: string,
  unit: Unit,
  values: readonly number[],
  bound?: number,
): Figure {
  return {
    name,
    unit,
    value: medianOf(values),
    least: Math.min(...values),
    most: Math.max(...values),
    ...(bound === undefined ? {} : { bound }),
  };
}

/** The value in the middle; between the two of an even number, half way. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * How steep a curve is at its end, on logarithmic axes, from the middle point to the last: 0 where
 * it stays flat, 1 where twice as much takes twice as long.
 */
export function slopeAtEnd(points: readonly (readonly [number, number])[]): number {
  const [middleX, middleY] = points[Math.floor((points.length - 1) / 2)]!;
  const [lastX, lastY] = points.at(-1)!;
  return Math.log(lastY / middleY) / Math.log(lastX / middleX);
}
