import { spawn } from "node:child_process";

/**
 * How a program is run.
 *
 * @typedef {object} RunOptions
 * @property {string} [cwd] its working folder
 * @property {NodeJS.ProcessEnv} [env] its environment; ours by default
 * @property {boolean} [quiet] keep its output back and return it, instead of showing it as it comes
 */

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args passed as they are: no shell sees them
 * @param {RunOptions} [options]
 * @returns {Promise<string>} its standard output where `quiet`, else an empty text
 * @throws {Error} when it cannot be started or does not end with 0; the message ends with its error
 *   output where `quiet`
 */
export async function run(command, args, options = {}) {
  const result = await runAnyway(command, args, options);
  if (result.exitCode !== 0) {
    const reason = result.stderr.trim();
    throw new Error(
      `${command} exited with ${result.exitCode}${reason === "" ? "" : `: ${reason}`}`,
    );
  }
  return result.stdout;
}

/**
 * Runs a program to its end, with any exit code. It is stopped when this process ends first.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ exitCode: number, stdout: string, stderr: string }>} 1 as the exit code of a
 *   killed program
 * @throws {Error} when it cannot be started
 */
export function runAnyway(command, args, { cwd, env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    });
    const stop = () => child.kill();
    process.once("exit", stop);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (/** @type {string} */ text) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (/** @type {string} */ text) => (stderr += text));
    child.on("error", (cause) => {
      reject(new Error(`${command} cannot be started: ${cause.message}`, { cause }));
    });
    child.on("close", (exitCode) => {
      process.off("exit", stop);
      resolve({ exitCode: exitCode ?? 1, stdout, stderr });
    });
  });
}
