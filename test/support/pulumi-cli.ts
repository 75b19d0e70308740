import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";

/** The Pulumi CLI that `tools/setup.mjs` chose, with what it needs to run Node.js programs. */
export interface PulumiCli {
  /** Holds `bin/pulumi`; the Automation API takes it as `root`. */
  readonly root: string;
  /** Holds `pulumi`. */
  readonly folder: string;
  /** As `3.259.0`. */
  readonly version: string;
}

/** Where set-up writes its choice down. */
const CHOICE_PATH = resolve(__dirname, "..", "..", ".tools", "pulumi-cli.json");

/**
 * Holds `pulumi-resource-vhd` over the built package: Pulumi starts plugins that it finds on PATH.
 */
const PLUGIN_FOLDER = resolve(__dirname, "..", "..", "plugin");

/**
 * The CLI that set-up chose. `npm test` sees to it that there is one.
 *
 * @throws Error where set-up never ran, or the CLI is gone since
 */
export function requirePulumiCli(): PulumiCli {
  const { folder, version } = existsSync(CHOICE_PATH) ? readChoice() : {};
  if (folder === undefined || version === undefined || !existsSync(folder)) {
    throw new Error(
      "There is no Pulumi CLI for the tests. Run `npm run set-up` once, or the tests with `npm " +
        "test`.",
    );
  }
  return { root: dirname(folder), folder, version };
}

function readChoice(): Partial<PulumiCli> {
  return JSON.parse(readFileSync(CHOICE_PATH, "utf8")) as Partial<PulumiCli>;
}

/**
 * The environment that keeps the CLI to itself: a home, a local backend and a passphrase of its
 * own, no downloads, no questions. To be laid over the present environment.
 *
 * @param folder an empty folder of the test; the backend goes to `backend`, Pulumi's home to `home`
 */
export function pulumiEnvironment(folder: string): Record<string, string> {
  mkdirSync(join(folder, "backend"), { recursive: true });
  return {
    PATH: [requirePulumiCli().folder, PLUGIN_FOLDER, process.env["PATH"]].join(delimiter),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "backend").replaceAll("\\", "/")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    CI: "1",
  };
}
