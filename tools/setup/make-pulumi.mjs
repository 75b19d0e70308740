import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  BUILT_FOLDER,
  MINIMUM_PULUMI_VERSION,
  PINNED_PULUMI_VERSION,
  VERSION_FILE,
} from "./find-pulumi.mjs";
import { ROOT, TOOLS_FOLDER } from "./folders.mjs";
import { run } from "./run.mjs";
import { say, step } from "./steps.mjs";
import { findVersion, isAtLeast } from "./version.mjs";

const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const LAUNCHERS = ["pulumi-resource-pulumi-nodejs", "pulumi-resource-pulumi-nodejs.cmd"];

/**
 * What is built from Go modules. Each has a module of its own below tools/, because they need
 * different versions of one dependency; its go.mod and go.sum pin everything.
 */
const GO_PROGRAMS = [
  {
    title: "build the Pulumi CLI from its Go modules (about 4 minutes)",
    module: "pulumi-cli",
    program: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    flags: ["-tags", "osusergo,grpcnotrace"],
    linkerFlags: `-s -w -X ${VERSION_VARIABLE}=v${PINNED_PULUMI_VERSION}`,
  },
  {
    title: "build the Node.js language host from its Go modules",
    module: "pulumi-language-nodejs",
    program: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    flags: [],
    linkerFlags: "-s -w",
  },
];

/**
 * Puts a Pulumi CLI into `.tools/bin`: the official one where the network has it, else one built
 * from its Go modules. Nothing is there before it is complete.
 *
 * @throws {Error} when neither way is open, with what to install
 */
export async function makePulumiCli() {
  const root = join(TOOLS_FOLDER, `pulumi-${process.pid}`);
  const folder = join(root, "bin");
  try {
    if (!(await installOfficially(root))) {
      rmSync(root, { recursive: true, force: true });
      await buildFromGo(folder);
    }
    copyLaunchers(folder);
    writeFileSync(join(folder, VERSION_FILE), PINNED_PULUMI_VERSION);
    rmSync(BUILT_FOLDER, { recursive: true, force: true });
    renameSync(folder, BUILT_FOLDER);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * @param {string} root
 * @returns {Promise<boolean>} false where the network does not reach it
 */
async function installOfficially(root) {
  try {
    await step(
      `install the Pulumi CLI ${PINNED_PULUMI_VERSION} with the official installer`,
      async () => {
        const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
        const { SemVer } = /** @type {typeof import("semver")} */ (createPulumiRequire()("semver"));
        await PulumiCommand.install({ root, version: new SemVer(PINNED_PULUMI_VERSION) });
      },
    );
    return true;
  } catch (error) {
    say(`the official installer failed: ${findReason(String(error))}`);
    return false;
  }
}

/** Resolves what the Node.js SDK of Pulumi itself resolves. */
function createPulumiRequire() {
  return createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
}

/** @param {string} folder */
async function buildFromGo(folder) {
  await assertGo();
  mkdirSync(folder, { recursive: true });
  for (const program of GO_PROGRAMS) {
    await buildGoProgram(folder, program);
  }
}

/**
 * Builds one program from its Go modules.
 *
 * @param {string} folder where to put it
 * @param {{ title: string, module: string, program: string, flags: string[], linkerFlags: string }}
 *   build `module` is the folder below tools/ whose go.mod pins everything
 */
export async function buildGoProgram(folder, { title, module, program, flags, linkerFlags }) {
  await step(title, () =>
    run(
      "go",
      [
        "build",
        "-trimpath",
        "-buildvcs=false",
        ...flags,
        "-ldflags",
        linkerFlags,
        "-o",
        folder,
        program,
      ],
      {
        cwd: join(ROOT, "tools", module),
        env: {
          ...process.env,
          CGO_ENABLED: "0",
          GOTOOLCHAIN: "local",
          GOWORK: "off",
          GOFLAGS: "-mod=readonly",
        },
      },
    ),
  );
}

async function assertGo() {
  const wanted = findVersion(
    readFileSync(join(ROOT, "tools", "pulumi-cli", "go.mod"), "utf8").split("\ngo ")[1] ?? "",
  );
  const version = findVersion(await run("go", ["version"], { quiet: true }).catch(() => ""));
  if (wanted === undefined || version === undefined || !isAtLeast(version, wanted)) {
    const lack =
      version === undefined ? "not installed" : `needed to build one, but this is ${version}`;
    throw new Error(
      "There is no Pulumi CLI and no way to get one: the official installer cannot be reached, " +
        `and Go ${wanted} or newer is ${lack}. Install the Pulumi CLI ${MINIMUM_PULUMI_VERSION} ` +
        "or newer (https://www.pulumi.com/docs/install) or Go (https://go.dev/dl), and run this " +
        "again.",
    );
  }
}

/**
 * The CLI starts dynamic providers through these; they come with the Node.js SDK. @param {string}
 * folder
 */
function copyLaunchers(folder) {
  const sdkFolder = dirname(createPulumiRequire().resolve("@pulumi/pulumi/package.json"));
  for (const name of LAUNCHERS) {
    cpSync(join(sdkFolder, name), join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
}

/**
 * The telling line of an error of the Automation API, which lists exit code, output and error
 * output.
 *
 * @param {string} text
 */
function findReason(text) {
  return /(?:Failed to|stderr:|err\?:)[^\n]*\S/.exec(text)?.[0] ?? text.split("\n", 1)[0];
}
