import { parseArgs } from "node:util";
import { formatDuration, formatRatio } from "./format";

const DEFAULT_ROUNDS = 5;

/** One side of a comparison. */
export interface Task {
  /** What it is, in words. */
  readonly name: string;
  /** Makes what a round uses up; not measured. */
  prepare?(): Promise<void>;
  run(): Promise<unknown>;
}

/** What is compared with what. */
export interface Comparison {
  readonly subject: Task;
  readonly reference: Task;
  /** What the subject works on, to tell the time of one: `{ count: 1000, unit: "disk" }`. */
  readonly per?: { readonly count: number; readonly unit: string };
  /** Fewer than the user asks for, where one round takes long. */
  readonly maxRounds?: number;
}

/**
 * Measures two tasks in turns and prints how many times as long the first takes: the median over all rounds, and the
 * smallest and the largest. One round goes ahead uncounted.
 */
export async function compare({ subject, reference, per, maxRounds = Infinity }: Comparison): Promise<void> {
  const rounds: { subjectMs: number; referenceMs: number }[] = [];
  for (let round = 0; round <= Math.min(readRounds(), maxRounds); round += 1) {
    // Who comes first finds another state of the machine than who comes second.
    const isReferenceFirst = round % 2 === 0;
    const early = isReferenceFirst ? await measure(reference) : undefined;
    const subjectMs = await measure(subject);
    rounds.push({ subjectMs, referenceMs: early ?? (await measure(reference)) });
  }
  const counted = rounds.slice(1);
  const ratios = counted.map((round) => round.subjectMs / round.referenceMs);
  const subjectMs = medianOf(counted.map((round) => round.subjectMs));
  const referenceMs = medianOf(counted.map((round) => round.referenceMs));
  const range = `${formatRatio(Math.min(...ratios))}-${formatRatio(Math.max(...ratios))}`;
  const each = per === undefined ? "" : `; ${formatDuration(subjectMs / per.count)} a ${per.unit}`;
  say(`  ${subject.name}, against ${reference.name}:`);
  say(
    `      ${formatRatio(medianOf(ratios))} (${range})   ${formatDuration(subjectMs)} to ${formatDuration(referenceMs)}${each}`,
  );
}

/** Prints a line of a report. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The options of the command line; see run.mjs. */
export function readOptions(): { rounds?: string | undefined; folder?: string | undefined } {
  return parseArgs({ options: { rounds: { type: "string" }, folder: { type: "string" } }, allowPositionals: true })
    .values;
}

function readRounds(): number {
  return Number(readOptions().rounds ?? DEFAULT_ROUNDS);
}

async function measure(task: Task): Promise<number> {
  await task.prepare?.();
  const startedAtMs = performance.now();
  await task.run();
  return performance.now() - startedAtMs;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
