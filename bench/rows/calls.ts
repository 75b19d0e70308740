import { mkdir, readFile } from "node:fs/promises";
import type { Span } from "../probes/steps";
import { runProbe } from "../support/programs";
import type { Effort, Figure, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";

const BOUNDS = { create: 40, read: 15, check: 8, delete: 30 } as const;

type Step = keyof typeof BOUNDS;

/** How Node.js names a call that it makes in place. */
const IN_PLACE = /^fs\.sync\./;

/** What Node.js writes into a trace for a file system request: when it began, and which it was. */
interface TraceEvent {
  readonly ph: string;
  readonly ts: number;
  readonly name: string;
  readonly cat: string;
}

/**
 * Requests to the file system, counted by Node.js itself: a number that no busy machine changes.
 */
export const calls: Row = {
  id: "calls",
  title: "File system calls of one step, counted, 8 at a time, in a folder of 1,000 disks",
  against: "what the result needs",
  rounds: 1,
  async measure({ isQuick }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    const tracePath = scratch("trace.json");
    await mkdir(scratch("work"));
    const spans = await runProbe<Record<Step, Span>>(
      "steps",
      [scratch("work"), String(isQuick ? 100 : 1000), isQuick ? "20" : "100"],
      [
        "--trace-event-categories=node.fs.async,node.fs.sync",
        `--trace-event-file-pattern=${tracePath}`,
      ],
    );
    const { traceEvents } = JSON.parse(await readFile(tracePath, "utf8")) as {
      traceEvents: TraceEvent[];
    };
    const begun = traceEvents.filter(
      ({ ph, cat }) => (ph === "b" || ph === "B") && cat.includes("node.fs"),
    );
    const figures = (Object.keys(BOUNDS) as Step[]).map((step): Figure => {
      const { startUs, endUs, count } = spans[step];
      const names = begun
        .filter(({ ts }) => ts >= startUs && ts < endUs)
        .map(({ name }) => name.replace(IN_PLACE, ""));
      return describe(step, names, count);
    });
    return { figures };
  },
};

/** Not all closings are in the trace; each opening stands for its own. */
function describe(step: Step, names: readonly string[], count: number): Figure {
  const kinds = new Map<string, number>();
  for (const name of names.filter((kind) => kind !== "close")) {
    kinds.set(name, (kinds.get(name) ?? 0) + 1);
  }
  kinds.set("close", kinds.get("open") ?? 0);
  const each = [...kinds]
    .map(([name, total]) => [name, total / count] as const)
    .filter(([, number]) => number >= 0.05);
  const value = each.reduce((sum, [, number]) => sum + number, 0);
  const behind = each
    .toSorted(([, left], [, right]) => right - left)
    .map(([name, number]) => `${Number(number.toFixed(1))} ${name}`)
    .join(", ");
  return {
    name: step,
    unit: "calls",
    value,
    least: value,
    most: value,
    bound: BOUNDS[step],
    behind,
  };
}
