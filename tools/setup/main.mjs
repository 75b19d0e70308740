import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Whether Node.js was started with this module, rather than another one importing it.
 *
 * @param {string} moduleUrl its `import.meta.url`
 */
export function isEntry(moduleUrl) {
  const [, script] = process.argv;
  return script !== undefined && realpathSync(script) === fileURLToPath(moduleUrl);
}

/**
 * Runs the body of a command. What goes wrong is explained in words, without a stack, and ends the
 * process with 1. A signal ends it through its `exit` listeners, which stop the programs it
 * started.
 *
 * @param {() => Promise<void>} body
 */
export async function runMain(body) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, () => process.exit(1));
  }
  try {
    await body();
  } catch (error) {
    process.stderr.write(`\n${explain(error)}\n`);
    process.exitCode = 1;
  }
}

/**
 * The message of an error, and below it those of its causes that say something new.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // The message of a DiskError is complete.
  const cause = error.cause === undefined || error.name === "DiskError" ? "" : explain(error.cause);
  return cause === "" || error.message.includes(cause)
    ? error.message
    : `${error.message}\n  because: ${cause}`;
}
