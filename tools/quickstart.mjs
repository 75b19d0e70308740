/** The quick-start stack: its folder, its backend, and how the Pulumi CLI is run over it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { withPulumiFirst } from "./setup/find-pulumi.mjs";
import { ROOT } from "./setup/folders.mjs";
import { run, runAnyway } from "./setup/run.mjs";

/** Everything the quick start makes: the disks, and Pulumi's records of them. Ignored by git. */
export const QUICKSTART_FOLDER = join(ROOT, ".quickstart");
const STACK_NAME = "dev";
/** Pulumi wants one for every local backend. Nothing in this stack is secret. */
const PASSPHRASE = "pulumi-vhd-quickstart";

/**
 * Runs a Pulumi command on the quick-start stack, which is made first where it is missing. Its
 * output is shown as it comes.
 *
 * @param {string} pulumiBin the folder that holds `pulumi`
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export async function runPulumi(pulumiBin, args) {
  const env = createEnvironment(pulumiBin);
  const command = join(pulumiBin, "pulumi");
  mkdirSync(join(QUICKSTART_FOLDER, "state"), { recursive: true });
  await run(command, ["stack", "select", STACK_NAME, "--create"], { cwd: ROOT, env, quiet: true });
  const { exitCode } = await runAnyway(command, [...args, "--stack", STACK_NAME], {
    cwd: ROOT,
    env,
  });
  return exitCode;
}

/**
 * Keeps the stack away from the user's own Pulumi: another backend, another home. @param {string}
 * pulumiBin
 */
function createEnvironment(pulumiBin) {
  return {
    ...withPulumiFirst(process.env, pulumiBin),
    PULUMI_HOME: join(QUICKSTART_FOLDER, "home"),
    PULUMI_BACKEND_URL: `file://${join(QUICKSTART_FOLDER, "state").replaceAll("\\", "/")}`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}
