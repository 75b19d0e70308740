import { mkdirSync, rmSync } from "node:fs";
import { GIB, MIB, createBase } from "../support/disks";
import { compareTimes, medianOf, summarize } from "../support/measure";
import { type PulumiStack, createStack } from "../support/pulumi-stacks";
import type { Effort, Figure, Measured, Row } from "../support/row";
import { useScratchFolder } from "../support/scratch-folder";

const UP = ["up", "--yes", "--skip-preview", "--suppress-outputs"];
/** How often a command that changes nothing is repeated in each round. */
const REPEATS = 2;
const WITHOUT_CHECKPOINTS = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** The commands of one round in their order, each with its bound. */
const COMMANDS = {
  up: { args: UP, bound: 1.2, repeats: 1 },
  "second up": { args: UP, bound: 1.15, repeats: REPEATS },
  preview: { args: ["preview", "--suppress-outputs"], bound: 1.15, repeats: REPEATS },
  refresh: {
    args: ["refresh", "--yes", "--skip-preview", "--suppress-outputs"],
    bound: 1.4,
    repeats: REPEATS,
  },
  destroy: {
    args: ["destroy", "--yes", "--skip-preview", "--suppress-outputs"],
    bound: 1.25,
    repeats: 1,
  },
} as const;

/**
 * 1,800 bytes where the resource that does nothing has 1,351: both also hold the paths of the
 * machine, and what each version of Pulumi adds.
 */
const STATE_BOUND = 1800 / 1351;

/** Two stacks of as many resources: disks, and resources that do nothing. */
interface Stacks {
  readonly disks: PulumiStack;
  readonly empty: PulumiStack;
}

/** What a user waits for. */
export const pulumiRow: Row = {
  id: "pulumi",
  title: "Pulumi over 1,000 differencing disks",
  against: "1,000 dynamic resources with two inputs that do nothing",
  rounds: 2,
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    const count = countOf(isQuick);
    const times = new Map<string, { disks: number[]; empty: number[] }>();
    let sizes: Figure[] = [];
    let peakBytes = 0;
    for (let round = 0; round < rounds; round += 1) {
      const stacks = await createStacks(scratch, count);
      for (const [name, { args, repeats }] of Object.entries(COMMANDS)) {
        const taken = times.get(name) ?? { disks: [], empty: [] };
        times.set(name, taken);
        for (let turn = 0; turn < repeats; turn += 1) {
          for (const kind of inTurns(round + turn)) {
            const { durationMs, providerPeakBytes } = await stacks[kind].run(args);
            taken[kind].push(durationMs);
            peakBytes = Math.max(
              peakBytes,
              kind === "disks" && name === "up" ? providerPeakBytes : 0,
            );
          }
        }
        sizes = name === "up" ? compareStates(stacks) : sizes;
      }
      rmSync(scratch("round"), { recursive: true });
    }
    const figures = [...times].map(([name, { disks, empty }]) =>
      compareTimes(name, disks, empty, COMMANDS[name as keyof typeof COMMANDS].bound),
    );
    const seen = peakBytes > 0;
    return {
      figures: [
        ...figures,
        ...sizes,
        ...(seen
          ? [summarize("memory of the provider in up", "bytes", [peakBytes], 250 * MIB)]
          : []),
      ],
      skipped: seen ? [] : ["the memory of the provider needs Linux"],
    };
  },
};

/** The same without the time in which the engine writes the state after each step. */
export const pulumiAlone: Row = {
  id: "pulumi-alone",
  title: "`pulumi up` of 1,000 differencing disks without checkpoints, to see the provider alone",
  against: "1,000 dynamic resources with two inputs that do nothing",
  rounds: 4,
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    const scratch = useScratchFolder();
    const times = { disks: [] as number[], empty: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const stacks = await createStacks(scratch, countOf(isQuick));
      for (const kind of inTurns(round)) {
        times[kind].push((await stacks[kind].run(UP, WITHOUT_CHECKPOINTS)).durationMs);
      }
      rmSync(scratch("round"), { recursive: true });
    }
    return { figures: [compareTimes("up", times.disks, times.empty, 1.4)] };
  },
};

function countOf(isQuick: boolean): number {
  return Number(process.env["VHD_BENCH_RESOURCES"] ?? (isQuick ? 50 : 1000));
}

function inTurns(turn: number): readonly (keyof Stacks)[] {
  return turn % 2 === 0 ? ["disks", "empty"] : ["empty", "disks"];
}

async function createStacks(
  scratch: (...names: string[]) => string,
  count: number,
): Promise<Stacks> {
  const basePath = scratch("round", "base.vhdx");
  const folder = scratch("round", "disks");
  mkdirSync(folder, { recursive: true });
  await createBase(basePath, 64 * GIB);
  const loop = (statement: string): string => `
const inputs = (index) => ({
  path: ${JSON.stringify(`${folder}/`)} + index + ".vhdx",
  parentPath: ${JSON.stringify(basePath)},
});
for (let index = 0; index < ${count}; index += 1) {
  ${statement};
}
`;
  const disks = `const vhd = require("pulumi-vhd");
${loop("new vhd.DifferencingDisk(`disk-${index}`, inputs(index))")}`;
  const empty = `const pulumi = require("@pulumi/pulumi");
const __provider =
  "exports.handler = () => ({ create: async (inputs) => ({ id: inputs.path, outs: inputs }) });";
class Empty extends pulumi.CustomResource {
  constructor(name, inputs) {
    super("pulumi-nodejs:dynamic:Empty", name, { ...inputs, __provider });
  }
}${loop("new Empty(`disk-${index}`, inputs(index))")}`;
  return {
    disks: await createStack(scratch("round", "of-disks"), disks),
    empty: await createStack(scratch("round", "of-empty"), empty),
  };
}

/** How much the engine writes for one resource after each step of any. */
function compareStates(stacks: Stacks): Figure[] {
  const sizeOf = (stack: PulumiStack): number =>
    medianOf(
      stack
        .readResources()
        .filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"))
        .map((resource) => JSON.stringify(resource).length),
    );
  const [ours, empty] = [sizeOf(stacks.disks), sizeOf(stacks.empty)];
  const figure = summarize("state of one disk", "ratio", [ours / empty], STATE_BOUND);
  return [{ ...figure, behind: `${ours} : ${empty} bytes` }];
}
