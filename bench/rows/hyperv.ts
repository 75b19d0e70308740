import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { GIB, createBase, createChild, forEachAtOnce, readChild } from "../support/disks";
import { compareTimes, measureOnce } from "../support/measure";
import type { Effort, Figure, Measured, Row } from "../support/row";
import { runProgram } from "../support/programs";
import { useScratchFolder } from "../support/scratch-folder";

const COMPILER_OPTIONS = JSON.stringify({ module: "node16", rootDir: process.cwd() });
const FOLDER = "C:\\disks";

/**
 * A PowerShell that answers for a simulated host: it is made by the tests, and only started here.
 */
interface SimulatedPowerShell {
  readonly executable: string;
  /** A line for each start, and for each line of requests. */
  readonly eventsPath: string;
}

/** A start, with its command line, or a line of requests, or what else it did. */
interface ShellEvent {
  readonly event: string;
  readonly arguments?: readonly string[];
}

/**
 * One persistent PowerShell, against the least that a provider needs which starts one for each
 * operation.
 */
export const hyperv: Row = {
  id: "hyperv",
  title: "Hyper-V over a simulated host: 100 creates, and a refresh of 500",
  against: "starting as many PowerShells that do nothing",
  rounds: 3,
  async measure({ isQuick, rounds }: Effort): Promise<Measured> {
    if (process.platform === "win32") {
      return {
        figures: [],
        skipped: ["the simulated host needs a system that starts scripts by their first line"],
      };
    }
    const scratch = useScratchFolder();
    const shell = await makePowerShell(scratch("host"));
    process.env["VHD_BACKEND"] = "hyperv";
    process.env["VHD_EXECUTABLE"] = shell.executable;
    const basePath = `${FOLDER}\\base.vhdx`;
    await createBase(basePath, 64 * GIB);
    const [created, refreshed] = isQuick ? [10, 20] : [100, 500];
    const times = { create: [] as number[], refresh: [] as number[], starts: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const make = (index: number) =>
        createChild(`${FOLDER}\\disk-${round}-${index}.vhdx`, basePath);
      times.create.push(await measureOnce({ run: () => forEachAtOnce(created, make) }));
      const words = readStartWords(shell);
      const starts = () => forEachAtOnce(created, () => startOnce(shell, words));
      times.starts.push(await measureOnce({ run: starts }));
    }
    const child = await createChild(`${FOLDER}\\child.vhdx`, basePath);
    const others = await forEachAtOnce(refreshed - 1, (index) =>
      createChild(`${FOLDER}\\more-${index}.vhdx`, basePath),
    );
    const disks = [child, ...others];
    const linesBefore = countLines(shell);
    for (let round = 0; round < rounds; round += 1) {
      times.refresh.push(await measureOnce({ run: () => Promise.all(disks.map(readChild)) }));
    }
    const lines = (countLines(shell) - linesBefore) / rounds;
    const startsOfRefresh = times.starts.map((time) => (time / created) * refreshed);
    return {
      figures: [
        compareTimes(`${created} creates`, times.create, times.starts, 0.1),
        compareTimes(`refresh of ${refreshed}`, times.refresh, startsOfRefresh, 0.1),
        countOf("lines of requests in one refresh", lines, 12),
        countOf("PowerShells started for all of it", countStarts(shell) - rounds * created, 1),
      ],
    };
  },
};

async function makePowerShell(folder: string): Promise<SimulatedPowerShell> {
  const script = join(process.cwd(), "test", "support", "make-simulated-powershell.ts");
  const typescript = require.resolve("ts-node/dist/bin.js");
  const args = [
    typescript,
    "--transpileOnly",
    "--compilerOptions",
    COMPILER_OPTIONS,
    script,
    folder,
    FOLDER,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as SimulatedPowerShell;
}

/**
 * Its input is at its end at once, so it goes as soon as it has read its command line.
 *
 * @param words its command line
 */
async function startOnce(
  { executable }: SimulatedPowerShell,
  words: readonly string[],
): Promise<void> {
  await runProgram(executable, words);
}

/** With which command line the provider started it. */
function readStartWords(shell: SimulatedPowerShell): readonly string[] {
  return readEvents(shell).find(({ event }) => event === "start")?.arguments ?? [];
}

function countOf(name: string, value: number, bound: number): Figure {
  return { name, unit: "count", value, least: value, most: value, bound };
}

function countLines(shell: SimulatedPowerShell): number {
  return readEvents(shell).filter(({ event }) => event === "line").length;
}

function countStarts(shell: SimulatedPowerShell): number {
  return readEvents(shell).filter(({ event }) => event === "start").length;
}

function readEvents({ eventsPath }: SimulatedPowerShell): readonly ShellEvent[] {
  const text = existsSync(eventsPath) ? readFileSync(eventsPath, "utf8") : "";
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as ShellEvent);
}
