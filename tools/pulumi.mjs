/** `npm run pulumi -- preview`: any Pulumi command on the quick-start stack. */
import { runPulumi } from "./quickstart.mjs";
import { runMain } from "./setup/main.mjs";
import { setUp } from "./setup.mjs";

await runMain(async () => {
  const { pulumiBin } = await setUp();
  process.exitCode = await runPulumi(pulumiBin, process.argv.slice(2));
});
