import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder of its own for the tests of one file; removed with all it holds when they end.
 *
 * Call it at the top of a test file or a `describe`.
 */
export function useTempFolder(): (...names: string[]) => string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-vhd-test-")));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return (...names) => join(folder, ...names);
}
