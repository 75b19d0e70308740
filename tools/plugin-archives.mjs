/**
 * `npm run plugin-archives -- FOLDER` makes the archives that
 * `pulumi plugin install resource vhd VERSION --server URL` downloads, one for each platform, with
 * their checksums. They hold the package with all it needs but Node.js itself.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ROOT } from "./setup/folders.mjs";
import { runMain } from "./setup/main.mjs";
import { findNpm } from "./setup/packages.mjs";
import { run } from "./setup/run.mjs";
import { say } from "./setup/steps.mjs";

const PLATFORMS = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64"];
const LAUNCHER = "pulumi-resource-vhd";
const ENTRY = [
  "node_modules",
  "pulumi-vhd",
  "dist",
  "provider",
  "plugin",
  "pulumi-resource-vhd.js",
];

const manifest = /** @type {{ version: string, devDependencies: Record<string, string> }} */ (
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))
);

await runMain(async () => {
  const folder = resolve(process.argv[2] ?? join(ROOT, ".tools", "archives"));
  mkdirSync(folder, { recursive: true });
  const stage = mkdtempSync(join(tmpdir(), "pulumi-vhd-archives-"));
  try {
    await installPackage(stage);
    writeLaunchers(stage);
    const names = PLATFORMS.map(
      (platform) => `${LAUNCHER}-v${manifest.version}-${platform}.tar.gz`,
    );
    const [first = "", ...others] = names;
    // The package is the same on all platforms: its launchers for each of them are side by side.
    await run("tar", ["-czf", join(folder, first), "-C", stage, "."]);
    for (const name of others) {
      cpSync(join(folder, first), join(folder, name));
    }
    const checksums = names.map((name) => `${hashFile(join(folder, name))}  ${name}\n`);
    writeFileSync(
      join(folder, `${LAUNCHER}-v${manifest.version}-checksums.txt`),
      checksums.join(""),
    );
    say(`the archives are in ${folder}`);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
});

/** @param {string} stage an empty folder */
async function installPackage(stage) {
  const npm = findNpm(process.env, process.execPath);
  writeFileSync(join(stage, "package.json"), JSON.stringify({ name: LAUNCHER, private: true }));
  await run(npm.command, [...npm.args, "pack", "--pack-destination", stage], { cwd: ROOT });
  const tarball = join(stage, `pulumi-vhd-${manifest.version}.tgz`);
  const pulumi = `@pulumi/pulumi@${manifest.devDependencies["@pulumi/pulumi"]}`;
  const options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run(npm.command, [...npm.args, "install", ...options, tarball, pulumi], { cwd: stage });
  rmSync(tarball);
}

/** @param {string} stage */
function writeLaunchers(stage) {
  writeFileSync(
    join(stage, LAUNCHER),
    `#!/bin/sh\nexec node "$(dirname "$0")/${ENTRY.join("/")}" "$@"\n`,
  );
  chmodSync(join(stage, LAUNCHER), 0o755);
  writeFileSync(
    join(stage, `${LAUNCHER}.cmd`),
    `@echo off\r\nnode "%~dp0${ENTRY.join("\\")}" %*\r\n`,
  );
}

/** @param {string} path */
function hashFile(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
