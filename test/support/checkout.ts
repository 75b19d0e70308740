import { spawnSync } from "node:child_process";
import { cpSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { withPulumiFirst } from "../../tools/setup/find-pulumi.mjs";
import { requirePulumiCli } from "./pulumi-cli";

const ROOT = resolve(__dirname, "..", "..");
const COPIED = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "Pulumi.yaml",
];
const COPIED_FOLDERS = ["tools", "examples", "provider", "sdk", "dist"];

/**
 * A copy that shares the installed packages and the Pulumi CLI of this checkout, and nothing it
 * could damage.
 */
export function copyCheckout(checkout: string): string {
  for (const name of [...COPIED, ...COPIED_FOLDERS]) {
    cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  }
  mkdirSync(join(checkout, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    link(join(ROOT, "node_modules", name), join(checkout, "node_modules", name));
  }
  symlinkSync(checkout, join(checkout, "node_modules", "pulumi-vhd"), "junction");
  return checkout;
}

/** Links what belongs to others and leaves out what belongs to the checkout itself. */
function link(source: string, target: string): void {
  const kind = lstatSync(source);
  if (kind.isDirectory()) {
    symlinkSync(source, target, "junction");
  } else if (kind.isFile()) {
    cpSync(source, target);
  }
}

/** `npm start -- …`, without npm. @param userFolder where the user types it */
export function npmStart(checkout: string, args: readonly string[] = [], userFolder = checkout) {
  return runTool(checkout, "start.mjs", args, { INIT_CWD: userFolder });
}

/** Runs one of the tools of a checkout to its end. */
export function runTool(
  checkout: string,
  tool: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
) {
  return spawnSync(process.execPath, [join("tools", tool), ...args], {
    cwd: checkout,
    encoding: "utf8",
    env: { ...withPulumiFirst(process.env, requirePulumiCli().folder), ...env },
  });
}
