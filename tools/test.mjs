/** `npm test`: sets up, then runs the tests with jest, which gets all further arguments. */
import { join } from "node:path";
import { withPulumiFirst } from "./setup/find-pulumi.mjs";
import { ROOT } from "./setup/folders.mjs";
import { runMain } from "./setup/main.mjs";
import { runAnyway } from "./setup/run.mjs";
import { setUp } from "./setup.mjs";

await runMain(async () => {
  const { pulumiBin } = await setUp();
  const jest = join(ROOT, "node_modules", "jest", "bin", "jest.js");
  const { exitCode } = await runAnyway(process.execPath, [jest, ...process.argv.slice(2)], {
    cwd: ROOT,
    env: withPulumiFirst(process.env, pulumiBin),
  });
  process.exitCode = exitCode;
});
