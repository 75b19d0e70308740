/**
 * `npm start`: brings the quick-start stack up. `npm start -- child.vhdx`: prints the chain and the changed ranges of a disk.
 */
import { join, relative, resolve } from "node:path";
import { QUICKSTART_FOLDER, runPulumi } from "./quickstart.mjs";
import { printDisk } from "./disk-report.mjs";
import { ROOT } from "./setup/folders.mjs";
import { runMain } from "./setup/main.mjs";
import { setUp, setUpPackage } from "./setup.mjs";

const USAGE =
  "Usage: npm start                       brings the quick-start stack up\n       npm start -- path/to/disk.vhdx   tells what a disk depends on and what has changed in it";

await runMain(async () => {
  const [path, ...rest] = process.argv.slice(2);
  if (rest.length > 0 || path?.startsWith("-")) {
    throw new Error(USAGE);
  }
  await (path === undefined ? bringUp() : reportDisk(path));
});

async function bringUp() {
  const { pulumiBin } = await setUp();
  process.exitCode = await runPulumi(pulumiBin, ["up", "--yes"]);
  if (process.exitCode === 0) {
    process.stdout.write(nextSteps());
  }
}

/** @param {string} path relative to where the user typed the command: npm itself works in the root */
async function reportDisk(path) {
  await setUpPackage();
  await printDisk(resolve(process.env["INIT_CWD"] ?? process.cwd(), path));
}

function nextSteps() {
  const disk = join(relative(ROOT, QUICKSTART_FOLDER), "disks", "web.vhdx");
  return `
What to try next:
  npm run pulumi -- preview
      tells what another \`npm start\` would do: nothing
  npm start -- ${disk}
      tells what a disk depends on and what has changed in it; any disk will do
  npm run pulumi -- destroy
      deletes the disks again
The program is examples/quickstart/index.ts: change a size or add a disk, then \`npm start\`.
`;
}
