/**
 * `npm run soak`: tries the properties and the crashes with many more cases than `npm test` has the
 * time for, random ones each time. `npm run soak -- --times=100` tries a hundred times as many;
 * further words are test files.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./setup/folders.mjs";
import { runMain } from "./setup/main.mjs";
import { runAnyway } from "./setup/run.mjs";
import { setUpPackage } from "./setup.mjs";

/** About twenty minutes on two cores, most of it a million hostile images. */
const USUAL_TIMES = "10";
const FOLDERS = ["test/property", "test/crash"];
/** One property may take as long as all of it. */
const TIMEOUT_MS = 3_600_000;

await runMain(async () => {
  const { values, positionals } = parseArgs({
    options: { times: { type: "string", default: USUAL_TIMES } },
    allowPositionals: true,
  });
  await setUpPackage();
  const jest = join(ROOT, "node_modules", "jest", "bin", "jest.js");
  const files = positionals.length > 0 ? positionals : FOLDERS;
  const { exitCode } = await runAnyway(
    process.execPath,
    [jest, `--testTimeout=${TIMEOUT_MS}`, ...files],
    {
      cwd: ROOT,
      env: { ...process.env, VHD_SOAK: values.times },
    },
  );
  process.exitCode = exitCode;
});
