import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pulumiEnvironment, requirePulumiCli } from "./pulumi-cli";

const ROOT = resolve(__dirname, "..", "..");
const STACK_NAME = "test";
/** The types of all programs here are checked together with the rest of the repository, once. */
export const WITHOUT_TYPES = {
  PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  TS_NODE_TRANSPILE_ONLY: "true",
};

/** What a command said, and how it ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** What it wrote to both streams. */
  readonly output: string;
}

/**
 * A project with one stack over a local backend of its own, driven by the Pulumi CLI as a user
 * does.
 */
export interface PulumiProject {
  readonly folder: string;
  /** Runs `pulumi` with these arguments, to its end. */
  run(...args: string[]): CommandResult;
  /** Starts `pulumi` with these arguments in a process group of its own, which a test can kill. */
  start(...args: string[]): ChildProcess;
  /** The outputs of the stack. */
  readOutputs(): Record<string, unknown>;
}

/** Copies what an example consists of into a folder, beside the packages of this checkout. */
export function copyExample(name: string, folder: string): string {
  cpSync(join(ROOT, "examples", name), folder, { recursive: true });
  return linkPackages(folder);
}

/**
 * Writes a project of JavaScript, which starts faster than one of TypeScript. @param program the
 * body of `index.js`
 */
export function writeProject(folder: string, program: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    "name: test\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "test", main: "index.js" }));
  writeFileSync(join(folder, "index.js"), program);
  return linkPackages(folder);
}

/**
 * Makes a stack for a project.
 *
 * @param folder holds the project
 * @param homeFolder an empty folder for the backend and Pulumi's home
 * @param env what programs and providers find in their environment besides
 */
export function createProjectStack(
  folder: string,
  homeFolder: string,
  env: Record<string, string> = {},
): PulumiProject {
  const pulumi = join(requirePulumiCli().folder, "pulumi");
  const environment = { ...pulumiEnvironment(homeFolder), ...WITHOUT_TYPES, ...env };
  const run = (...args: string[]): CommandResult => runCommand(pulumi, args, folder, environment);
  const start = (...args: string[]): ChildProcess =>
    spawn(pulumi, args, {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: "ignore",
      detached: true,
    });
  const readJson = (...args: string[]): Record<string, unknown> =>
    JSON.parse(run(...args).stdout) as Record<string, unknown>;
  run("stack", "init", STACK_NAME);
  return { folder, run, start, readOutputs: () => readJson("stack", "output", "--json") };
}

/** Runs a program to its end. @param env laid over the present environment */
export function runCommand(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  if (error !== undefined) {
    throw error;
  }
  return { exitCode: status, stdout, output: stdout + stderr };
}

function linkPackages(folder: string): string {
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}
