/**
 * `npm run soak`: tries the properties and the crashes with many more cases than `npm test` has the
 * time for, random ones each time, and tells every story of the real Pulumi CLI through both doors.
 * `npm run soak -- --times=100` tries a hundred times as many; further words are test files.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { withPulumiFirst } from "./setup/find-pulumi.mjs";
import { ROOT } from "./setup/folders.mjs";
import { runMain } from "./setup/main.mjs";
import { runAnyway } from "./setup/run.mjs";
import { setUp } from "./setup.mjs";

/** About fifteen minutes on two cores, most of it a million hostile images. */
const USUAL_TIMES = "10";
/** Folders, and the files of stories that `npm test` tells through one door. */
const FILES = [
  "test/property",
  "test/crash",
  ...["hyperv", "lifecycle", "options", "preview", "programs"].map(
    (name) => `test/e2e/${name}.test.ts`,
  ),
];
/** One property may take as long as all of it. */
const TIMEOUT_MS = 3_600_000;

await runMain(async () => {
  const { values, positionals } = parseArgs({
    options: { times: { type: "string", default: USUAL_TIMES } },
    allowPositionals: true,
  });
  const { pulumiBin } = await setUp();
  const jest = join(ROOT, "node_modules", "jest", "bin", "jest.js");
  const files = positionals.length > 0 ? positionals : FILES;
  const { exitCode } = await runAnyway(
    process.execPath,
    [jest, `--testTimeout=${TIMEOUT_MS}`, ...files],
    {
      cwd: ROOT,
      env: { ...withPulumiFirst(process.env, pulumiBin), VHD_SOAK: values.times },
    },
  );
  process.exitCode = exitCode;
});
