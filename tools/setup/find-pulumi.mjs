import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { TOOLS_FOLDER } from "./folders.mjs";
import { runAnyway } from "./run.mjs";
import { isFresh } from "./stamp.mjs";
import { findVersion, isAtLeast } from "./version.mjs";

/**
 * The oldest CLI on PATH that is used: the first one where `pulumi import --file` takes outputs.
 */
export const MINIMUM_PULUMI_VERSION = "3.254.0";
/** The CLI that is made where PATH has none. tools/pulumi-cli/go.mod names the same. */
export const PINNED_PULUMI_VERSION = "3.259.0";

/** The folder of the CLI that was built here. */
export const BUILT_FOLDER = join(TOOLS_FOLDER, "bin");
/** In {@link BUILT_FOLDER}: holds the version of the CLI. */
export const VERSION_FILE = "pulumi-version.txt";

const CLI = "pulumi";
/** What the CLI needs to run Node.js programs and their dynamic providers. */
const COMPANIONS = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

/**
 * A Pulumi CLI that can run this project.
 *
 * @typedef {object} PulumiCli
 * @property {string} folder holds `pulumi`; when it comes first on PATH, everything finds this one
 * @property {string} version as `3.259.0`
 */

/**
 * The Pulumi CLI that is there: the one on PATH, else the one that was made here before.
 *
 * @returns {Promise<PulumiCli | string>} a string says why there is none
 */
export async function findPulumiCli() {
  const onPath = await inspectPath(listFolders(process.env));
  if (
    typeof onPath === "string" &&
    isFresh(join(BUILT_FOLDER, VERSION_FILE), PINNED_PULUMI_VERSION)
  ) {
    return { folder: BUILT_FOLDER, version: PINNED_PULUMI_VERSION };
  }
  return onPath;
}

/**
 * @param {readonly string[]} folders those of PATH
 * @returns {Promise<PulumiCli | string>} a string says why there is none
 */
async function inspectPath(folders) {
  const folder = folders.find((candidate) => hasProgram(candidate, CLI));
  if (folder === undefined) {
    return "PATH has none";
  }
  const { stdout } = await runAnyway(join(folder, CLI), ["version"], {
    quiet: true,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const missing = COMPANIONS.filter(
    (name) => ![folder, ...folders].some((candidate) => hasProgram(candidate, name)),
  );
  return judgePulumiCli({ folder, version: findVersion(stdout), missing });
}

/**
 * Decides whether a CLI is good enough.
 *
 * @param {{ folder: string, version: string | undefined, missing: readonly string[] }} candidate
 *   `missing` names the companions that are neither beside it nor on PATH
 * @returns {PulumiCli | string} a string says why it is not
 */
export function judgePulumiCli({ folder, version, missing }) {
  if (version === undefined) {
    return `the one in ${folder} does not print its version`;
  }
  if (!isAtLeast(version, MINIMUM_PULUMI_VERSION)) {
    return `the one in ${folder} is ${version}, older than ${MINIMUM_PULUMI_VERSION}`;
  }
  if (basename(folder) !== "bin") {
    return (
      `the one in ${folder} is not in a folder named bin, where the Automation API looks for ` +
      "it"
    );
  }
  if (missing.length > 0) {
    return `the one in ${folder} has no ${missing.join(" and no ")} beside it or on PATH`;
  }
  return { folder, version };
}

/** @param {string} folder @param {string} name */
function hasProgram(folder, name) {
  const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  return endings.some((ending) => existsSync(join(folder, name + ending)));
}

/**
 * The folders of PATH in their order.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function listFolders(env) {
  const path = Object.entries(env).find(([name]) => name.toUpperCase() === "PATH")?.[1] ?? "";
  return path.split(delimiter).filter((folder) => folder !== "");
}

/**
 * An environment in which programs find this CLI before any other.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder
 * @returns {NodeJS.ProcessEnv}
 */
export function withPulumiFirst(env, folder) {
  const others = Object.entries(env).filter(([name]) => name.toUpperCase() !== "PATH");
  return { ...Object.fromEntries(others), PATH: [folder, ...listFolders(env)].join(delimiter) };
}

/**
 * Writes down which CLI was chosen, for the tests (test/support/pulumi-cli.ts).
 *
 * @param {PulumiCli} cli
 */
export function recordPulumiCli(cli) {
  const path = join(TOOLS_FOLDER, "pulumi-cli.json");
  const text = JSON.stringify(cli);
  if (existsSync(path) && readFileSync(path, "utf8") === text) {
    return;
  }
  mkdirSync(TOOLS_FOLDER, { recursive: true });
  writeFileSync(path, text);
}
