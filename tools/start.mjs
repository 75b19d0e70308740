/**
 * `npm start`: brings the quick-start stack up. `npm start -- child.vhdx`: prints the chain and the
 * changed ranges of a disk.
 */
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { QUICKSTART_FOLDER, runPulumi } from "./quickstart.mjs";
import { printDisk } from "./disk-report.mjs";
import { ROOT } from "./setup/folders.mjs";
import { runMain } from "./setup/main.mjs";
import { setUp, setUpPackage } from "./setup.mjs";

const USAGE = `Usage: npm start                               brings the quick-start stack up
       npm start -- path/to/disk.vhdx         prints the chain of a disk and what has changed in it
       npm start -- path/to/disk.vhdx --all   prints all of its changed ranges`;

await runMain(async () => {
  const { all, paths } = readArguments();
  const [path, ...others] = paths;
  if (others.length > 0 || (path === undefined && all)) {
    throw new Error(USAGE);
  }
  await (path === undefined ? bringUp() : reportDisk(path, all));
});

async function bringUp() {
  const { pulumiBin } = await setUp();
  process.exitCode = await runPulumi(pulumiBin, ["up", "--yes"]);
  if (process.exitCode === 0) {
    process.stdout.write(nextSteps());
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { all: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    return { all: values.all, paths: positionals };
  } catch (cause) {
    throw new Error(USAGE, { cause });
  }
}

/**
 * @param {string} path relative to where the user typed the command: npm itself works in the root
 * @param {boolean} all whether to print all ranges
 */
async function reportDisk(path, all) {
  // Whoever reads the output may have seen enough, as `head` does.
  process.stdout.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  await setUpPackage();
  await printDisk(resolve(process.env["INIT_CWD"] ?? process.cwd(), path), { all });
}

function nextSteps() {
  const disk = join(relative(ROOT, QUICKSTART_FOLDER), "disks", "web.vhdx");
  return `
What to try next:
  npm run pulumi -- preview
      shows what another \`npm start\` would do: nothing
  npm start -- ${disk}
      prints what a disk depends on and what has changed in it; any disk works
  npm run pulumi -- destroy
      deletes the disks again
The program is examples/quickstart/index.ts: change a size or add a disk, then \`npm start\`.
`;
}
