/**
 * Makes a fresh checkout ready: installs the locked packages, builds the package and finds or makes
 * a Pulumi CLI, each only where it is needed. It depends on nothing but Node.js, may be repeated at
 * any time, also by two processes at once, and a run that was killed half way is made good by the
 * next one.
 *
 * `node tools/setup.mjs` does just that; tools/start.mjs and tools/test.mjs begin with it.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findPulumiCli, recordPulumiCli } from "./setup/find-pulumi.mjs";
import { TOOLS_FOLDER } from "./setup/folders.mjs";
import { withLock } from "./setup/lock.mjs";
import { isEntry, runMain } from "./setup/main.mjs";
import { makePulumiCli } from "./setup/make-pulumi.mjs";
import { buildPackage, isBuildFresh } from "./setup/package-build.mjs";
import { arePackagesFresh, installPackages } from "./setup/packages.mjs";
import { formatDuration, say, step } from "./setup/steps.mjs";
import { assertNodeVersion } from "./setup/version.mjs";

/** What a run that was killed may have left in the tools folder. */
const LEFTOVERS = /^(dist|dist-old|pulumi)-\d+$/;

/**
 * Makes everything ready to run Pulumi programs over the built package.
 *
 * @returns {Promise<{ pulumiBin: string }>} the folder that holds `pulumi`
 * @throws {Error} with what to install or to look at
 */
export async function setUp() {
  await setUpPackage();
  let cli = await findPulumiCli();
  if (typeof cli === "string") {
    say(`no Pulumi CLI to use: ${cli}`);
    await exclusively(makePulumiCli, async () => typeof (await findPulumiCli()) === "object");
    cli = await findPulumiCli();
  }
  if (typeof cli === "string") {
    throw new Error(
      `The Pulumi CLI that was just built is missing: ${cli}. Delete ${TOOLS_FOLDER} and run ` +
        "this again.",
    );
  }
  recordPulumiCli(cli);
  return { pulumiBin: cli.folder };
}

/**
 * Makes the built package ready to be used, without Pulumi.
 *
 * @throws {Error} with what to install or to look at
 */
export async function setUpPackage() {
  assertNodeVersion(process.versions.node);
  if (!arePackagesFresh()) {
    await exclusively(() => step("install the locked packages", installPackages), arePackagesFresh);
  }
  if (!isBuildFresh()) {
    await exclusively(() => step("build the package", buildPackage), isBuildFresh);
  }
}

/**
 * Does what is needed while no other process sets up this checkout, unless another one has done it
 * meanwhile.
 *
 * @param {() => Promise<void>} action
 * @param {() => boolean | Promise<boolean>} isDone
 */
async function exclusively(action, isDone) {
  await withLock(join(TOOLS_FOLDER, "set-up.lock"), async () => {
    removeLeftovers();
    if (!(await isDone())) {
      await action();
    }
  });
}

function removeLeftovers() {
  for (const name of existsSync(TOOLS_FOLDER) ? readdirSync(TOOLS_FOLDER) : []) {
    if (LEFTOVERS.test(name)) {
      rmSync(join(TOOLS_FOLDER, name), { recursive: true, force: true });
    }
  }
}

if (isEntry(import.meta.url)) {
  await runMain(async () => {
    const startedAtMs = performance.now();
    const { pulumiBin } = await setUp();
    say(`ready in ${formatDuration(performance.now() - startedAtMs)}; Pulumi is in ${pulumiBin}`);
  });
}
