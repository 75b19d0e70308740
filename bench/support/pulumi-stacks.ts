/**
 * Stacks of many resources, driven by the Pulumi CLI over a file backend, as a user drives them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** A project with one stack. */
export interface PulumiStack {
  /**
   * Runs a Pulumi command on the stack to its end.
   *
   * @returns how long it took, and how much memory its dynamic provider has had at its peak, where
   *   the system says so
   * @throws Error with what Pulumi printed
   */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunResult>;
  /** The resources in the state, as the engine keeps them. */
  readResources(): readonly StateResource[];
}

/** What a command took. */
export interface RunResult {
  readonly durationMs: number;
  /** 0 where it could not be seen. */
  readonly providerPeakBytes: number;
}

/** A resource in a state. */
export interface StateResource {
  readonly type: string;
}

const STACK_NAME = "bench";
/** How often the memory of a provider is looked at; the system itself keeps the peak. */
const LOOK_EVERY_MS = 200;

/**
 * Makes a stack.
 *
 * @param folder where to make its project, its backend and its Pulumi home
 * @param program the JavaScript of `index.js`
 */
export async function createStack(folder: string, program: string): Promise<PulumiStack> {
  const pulumiBin = requirePulumiBin();
  const project = join(folder, "project");
  for (const path of [project, join(folder, "backend"), join(folder, "home")]) {
    mkdirSync(path, { recursive: true });
  }
  const settings = "name: bench\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n";
  writeFileSync(join(project, "Pulumi.yaml"), settings);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "bench", main: "index.js" }));
  writeFileSync(join(project, "index.js"), program);
  const packages = join(dirname(require.resolve("pulumi-vhd/package.json")), "node_modules");
  symlinkSync(packages, join(project, "node_modules"), "junction");
  const environment = {
    ...process.env,
    PATH: [pulumiBin, process.env["PATH"]].join(delimiter),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "backend").replaceAll("\\", "/")}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  const run = (
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunResult> =>
    runPulumi(join(pulumiBin, "pulumi"), command, project, { ...environment, ...env });
  await run(["stack", "init", STACK_NAME]);
  const statePath = join(folder, "backend", ".pulumi", "stacks", "bench", `${STACK_NAME}.json`);
  return {
    run: (command, env) => run([...command, "--stack", STACK_NAME], env),
    readResources() {
      const state = JSON.parse(readFileSync(statePath, "utf8")) as {
        checkpoint: { latest: { resources: StateResource[] } };
      };
      return state.checkpoint.latest.resources;
    },
  };
}

/** The folder of the Pulumi CLI, as run.mjs found it. */
function requirePulumiBin(): string {
  const folder = process.env["VHD_BENCH_PULUMI"];
  if (folder === undefined) {
    throw new Error("Run this with `npm run bench`, which looks for the Pulumi CLI.");
  }
  return folder;
}

async function runPulumi(
  program: string,
  command: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<RunResult> {
  const startedAtMs = performance.now();
  const child = spawn(program, [...command, "--non-interactive"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const peak = watchProvider(child);
  const [exitCode] = (await once(child, "close")) as [number | null];
  const durationMs = performance.now() - startedAtMs;
  if (exitCode !== 0) {
    throw new Error(`pulumi ${command.join(" ")} ended with ${exitCode}:\n${output.slice(-4000)}`);
  }
  return { durationMs, providerPeakBytes: peak() };
}

/** Looks again and again at the dynamic provider below a process. Only Linux shows it. */
function watchProvider(child: ChildProcess): () => number {
  let peakBytes = 0;
  const timer = setInterval(() => {
    for (const pid of listDescendants(child.pid)) {
      peakBytes = Math.max(peakBytes, readProviderPeak(pid));
    }
  }, LOOK_EVERY_MS);
  child.once("close", () => clearInterval(timer));
  return () => peakBytes;
}

function listDescendants(root: number | undefined): number[] {
  const found = root === undefined ? [] : [root];
  for (const pid of found) {
    const tasks = tryRead(() => readdirSync(`/proc/${pid}/task`)) ?? [];
    for (const task of tasks) {
      const children =
        tryRead(() => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")) ?? "";
      found.push(...children.split(" ").filter(Boolean).map(Number));
    }
  }
  return found;
}

function readProviderPeak(pid: number): number {
  const commandLine = tryRead(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
  if (!commandLine.startsWith("node\0") || !commandLine.includes("dynamic-provider")) {
    return 0;
  }
  const status = tryRead(() => readFileSync(`/proc/${pid}/status`, "utf8")) ?? "";
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** A process may end while it is looked at. */
function tryRead<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
