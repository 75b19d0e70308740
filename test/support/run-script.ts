import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

/** The built package, as another process loads it. `npm test` builds it first. */
const DIST_FOLDER = resolve(__dirname, "..", "..", "dist");

/**
 * Starts another Node.js that runs a script over the built package; `dist` in the script is its
 * folder.
 */
export function startScript(script: string): ChildProcess {
  const prelude = `const dist = ${JSON.stringify(DIST_FOLDER)};`;
  return spawn(process.execPath, ["-e", prelude + script], { stdio: ["pipe", "pipe", "pipe"] });
}

/** As {@link startScript}, to its end, under a shell that runs `limits` first. Not for Windows. */
export async function runLimitedScript(
  limits: string,
  script: string,
): Promise<{ code: number | null; output: string }> {
  const prelude = `const dist = ${JSON.stringify(DIST_FOLDER)};`;
  const child = spawn("sh", [
    "-c",
    `${limits}; exec "$0" -e "$1"`,
    process.execPath,
    prelude + script,
  ]);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
