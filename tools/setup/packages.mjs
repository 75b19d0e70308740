import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ROOT } from "./folders.mjs";
import { run } from "./run.mjs";
import { hashFiles, isFresh } from "./stamp.mjs";

/** Lies inside `node_modules`, which `npm ci` begins by deleting. */
const STAMP_PATH = join(ROOT, "node_modules", ".pulumi-vhd-stamp");
const MANIFESTS = ["package.json", "package-lock.json"];

/** Whether `node_modules` holds what package-lock.json says, for this kind of machine. */
export function arePackagesFresh() {
  return isFresh(STAMP_PATH, hashManifests());
}

/**
 * Installs exactly the locked packages. Their install scripts do not run: nothing here needs them.
 *
 * @throws {Error} with what to look at
 */
export async function installPackages() {
  const hash = hashManifests();
  const { command, args } = findNpm(process.env, process.execPath);
  try {
    await run(
      command,
      [...args, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
      { cwd: ROOT },
    );
  } catch (cause) {
    throw new Error(
      "The packages of package-lock.json could not be installed; npm says why above. " +
        "Without a network, point npm at a registry it can reach (npm config get registry) or at " +
        "a filled cache, and run this again.",
      { cause },
    );
  }
  writeFileSync(STAMP_PATH, hash);
}

function hashManifests() {
  return hashFiles(ROOT, MANIFESTS, `${process.platform} ${process.arch}`);
}

/**
 * How to run npm without a shell: through its JavaScript file, because Node.js starts no `npm.cmd`
 * on Windows.
 *
 * @param {NodeJS.ProcessEnv} env inside an npm script it names the npm that runs
 * @param {string} nodePath npm is installed beside it
 * @returns {{ command: string, args: string[] }}
 */
export function findNpm(env, nodePath) {
  const folder = dirname(nodePath);
  const candidates = [
    env["npm_execpath"],
    join(folder, "node_modules", "npm", "bin", "npm-cli.js"),
    join(folder, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
  ];
  const script = candidates.find(
    (path) => path !== undefined && basename(path) === "npm-cli.js" && existsSync(path),
  );
  return script === undefined
    ? { command: "npm", args: [] }
    : { command: nodePath, args: [script] };
}
