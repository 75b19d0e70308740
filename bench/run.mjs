/**
 * `npm run bench`: measures this package beside other software, and judges the numbers by their
 * bounds.
 *
 *     npm run bench                all of it, about twenty minutes
 *     npm run bench -- --only calls,content-full
 *     npm run bench -- --quick     small numbers: whether it works, not how fast it is
 *     npm run bench -- --report    measures nothing: writes the page and the plots again
 *
 * `--rounds=3` measures each side so often, `--folder=/mnt/disks` keeps the disks elsewhere than in
 * the folder for temporary files, `--resources=200` changes how many resources the Pulumi rows
 * have.
 *
 * It ends with 1 where a bound is broken. A full run writes bench/results.json, docs/performance.md
 * and its plots; with `--only`, the other rows stay as they were measured before. `--quick` and
 * `--resources` write nothing.
 *
 * To see where the time goes, run a row under the profiler of Node.js after it was compiled:
 * `node --cpu-prof .tools/bench/measure-row.js cpu /tmp/result.json`.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT, TOOLS_FOLDER } from "../tools/setup/folders.mjs";
import { runMain } from "../tools/setup/main.mjs";
import { run, runAnyway } from "../tools/setup/run.mjs";
import { setUp } from "../tools/setup.mjs";

const RESULTS_PATH = join(ROOT, "bench", "results.json");
const COMPILED = join(TOOLS_FOLDER, "bench");

await runMain(async () => {
  const { values: options } = parseArgs({
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      report: { type: "boolean", default: false },
      rounds: { type: "string" },
      folder: { type: "string" },
      resources: { type: "string" },
    },
  });
  const { pulumiBin } = await setUp();
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [compiler, "-p", join(ROOT, "bench", "tsconfig.json")]);
  const report = /** @type {typeof import("./report.js")} */ (
    createRequire(import.meta.url)(join(COMPILED, "report.js"))
  );

  const ids = options.report ? [] : chooseRows(report.ROW_IDS, options.only);
  const env = {
    ...process.env,
    VHD_BENCH_PULUMI: pulumiBin,
    ...(options.quick ? { VHD_BENCH_QUICK: "1" } : {}),
    ...(options.rounds === undefined ? {} : { VHD_BENCH_ROUNDS: options.rounds }),
    ...(options.folder === undefined ? {} : { VHD_BENCH_FOLDER: options.folder }),
    ...(options.resources === undefined ? {} : { VHD_BENCH_RESOURCES: options.resources }),
  };
  const rows = [];
  for (const id of ids) {
    const row = await measureRow(id, env);
    if (row === undefined) {
      process.exitCode = 1;
    } else {
      process.stdout.write(`${report.formatRow(row)}\n`);
      rows.push(row);
    }
  }
  const broken = report.listBroken(rows);
  process.stdout.write(
    broken.length === 0 ? "No bound is broken.\n" : `${broken.length} bounds are broken.\n`,
  );
  if (broken.length > 0) {
    process.exitCode = 1;
  }
  if (!options.quick && options.resources === undefined) {
    const old = existsSync(RESULTS_PATH)
      ? JSON.parse(readFileSync(RESULTS_PATH, "utf8"))
      : undefined;
    const machine = rows.length === 0 ? old.machine : await describeMachine(pulumiBin);
    const results = report.mergeResults(old, machine, rows);
    writeFileSync(RESULTS_PATH, `${JSON.stringify(results, undefined, 2)}\n`);
    report.writePage(results, join(ROOT, "docs"));
  }
});

/**
 * @param {readonly string[]} known
 * @param {string | undefined} only names, with commas between them
 */
function chooseRows(known, only) {
  const chosen = only?.split(",") ?? known;
  const unknown = chosen.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new Error(`There is no row ${unknown}. There are: ${known.join(", ")}.`);
  }
  return chosen;
}

/**
 * Measures a row in a process of its own, so that none inherits the memory and the caches of
 * another.
 *
 * @param {string} id
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import("./support/results.js").RowResult | undefined>} undefined where it
 *   failed, which it said
 */
async function measureRow(id, env) {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-vhd-bench-"));
  try {
    const resultPath = join(folder, "result.json");
    const args = [join(COMPILED, "measure-row.js"), id, resultPath];
    const { exitCode, stderr } = await runAnyway(process.execPath, args, {
      cwd: ROOT,
      env,
      quiet: true,
    });
    if (exitCode === 0) {
      return JSON.parse(readFileSync(resultPath, "utf8"));
    }
    process.stdout.write(`The row ${id} could not be measured:\n${stderr}\n`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} pulumiBin */
async function describeMachine(pulumiBin) {
  const pulumi = await run(join(pulumiBin, "pulumi"), ["version"], { quiet: true });
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB of memory`;
  return (
    `${cpus().length} cores, ${memory}, ${type()}, Node.js ${process.versions.node}, ` +
    `Pulumi ${pulumi.trim()}`
  );
}
