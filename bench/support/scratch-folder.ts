import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder for the files of this process, removed with all it holds when the process ends. It is
 * made in the folder of the option `--folder`, or in that of the system for temporary files.
 *
 * @returns builds the path of a name in it
 */
export function useScratchFolder(): (...names: string[]) => string {
  const folder = realpathSync(
    mkdtempSync(join(process.env["VHD_BENCH_FOLDER"] ?? tmpdir(), "pulumi-vhd-bench-")),
  );
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => process.exit(1));
  }
  return (...names) => join(folder, ...names);
}
