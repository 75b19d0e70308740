import { type SpawnOptions, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

/** Whether a program can be started. @param args something quick that ends with 0 */
export function isInstalled(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

/**
 * Runs a program to its end and throws its output away.
 *
 * @throws Error when it does not end with 0
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<void> {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], ...options });
  const [exitCode] = (await once(child, "close")) as [number | null];
  if (exitCode !== 0) {
    throw new Error(`${program} ${args.join(" ")} ended with ${exitCode}`);
  }
}

/**
 * Runs a program to its end and reads its output as it comes, as a program does that wants it, and
 * keeps nothing.
 *
 * @throws Error when it does not end with 0, or writes another number of bytes
 */
export async function readOutput(
  program: string,
  args: readonly string[],
  lengthBytes: number,
): Promise<void> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let received = 0;
  child.stdout.on("data", (chunk: Uint8Array) => {
    received += chunk.length;
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  if (exitCode !== 0 || received !== lengthBytes) {
    throw new Error(`${program} ${args.join(" ")} ended with ${exitCode} after ${received} bytes`);
  }
}

/** Runs a script of bench/probes in a Node.js of its own. @returns the JSON that it prints */
export async function runProbe<Result>(
  name: string,
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<Result> {
  const script = require.resolve(`../probes/${name}`);
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeOptions, script, ...args]);
  return JSON.parse(stdout) as Result;
}
