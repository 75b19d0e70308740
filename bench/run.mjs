/**
 * `npm run bench`: measures the embedded engine beside something else that does comparable work, in the same run.
 *
 *     npm run bench                                all of it, some minutes
 *     npm run bench -- changes opening             some of it: the names of the files beside this one
 *     npm run bench -- making --rounds=3 --folder=/mnt/disks
 *
 * How to read the numbers. Each line says how many times as long ours takes as what it is compared with: 1.0 is as fast,
 * 2.0 takes twice as long, 0.5 half as long. Both are measured in turns, in each round once; the first number is the
 * median of the rounds' ratios, the range behind it the smallest and the largest of them. A wide range says that
 * the machine was busy: only ratios of the same run are to be compared, and never the times behind them with those of
 * another machine. Files come from the page cache, and the first round of each is not counted, unless a line
 * says otherwise.
 *
 * To see where the time goes, run one of them under the profiler of Node.js after `npm run bench` has compiled it:
 * `node --cpu-prof .tools/bench/bench/changes.js`.
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT, TOOLS_FOLDER } from "../tools/setup/folders.mjs";
import { runMain } from "../tools/setup/main.mjs";
import { run } from "../tools/setup/run.mjs";
import { setUpPackage } from "../tools/setup.mjs";

const names = readdirSync(join(ROOT, "bench"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => basename(name, ".ts"));

await runMain(async () => {
  const options = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
  const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`There is no benchmark ${unknown}. There are: ${names.join(", ")}.`);
  }
  await setUpPackage();
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [compiler, "-p", join(ROOT, "bench", "tsconfig.json")]);
  // Each in a process of its own, so that none inherits the memory and the caches of another.
  for (const name of chosen.length > 0 ? chosen : names) {
    await run(process.execPath, [join(TOOLS_FOLDER, "bench", "bench", `${name}.js`), ...options]);
  }
});
