import { spawnSync } from "node:child_process";
import { cpSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { withPulumiFirst } from "../../tools/setup/find-pulumi.mjs";
import { requirePulumiCli } from "../support/pulumi-cli";
import { useTempFolder } from "../support/temp-folder";

const ROOT = resolve(__dirname, "..", "..");
const COPIED = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json", "Pulumi.yaml"];
const COPIED_FOLDERS = ["tools", "examples", "provider", "sdk", "dist"];

jest.setTimeout(180_000);

describe("the two commands of a checkout that is set up", () => {
  const tempPath = useTempFolder();
  let checkout: string;

  beforeAll(() => {
    checkout = copyCheckout(tempPath("checkout"));
  });

  it("bring the quick-start stack up, and change nothing when they are repeated", () => {
    const first = npmStart(checkout);
    const second = npmStart(checkout);

    expect(first.stdout).toContain("+ 4 created");
    expect(first.stdout).toMatch(/webChain +: \[\n.*web\.vhdx"\n.*base\.vhdx"/);
    expect(first.stdout).toMatch(/webChanges: \{\n.*changedBytes: 0/);
    expect(first.stdout).toContain("What to try next:");
    expect(second.stdout).toContain("4 unchanged");
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(readdirSync(join(checkout, ".quickstart", "disks")).toSorted()).toEqual([
      "base.vhdx",
      "db.vhdx",
      "web.vhdx",
    ]);
  });

  it("tell the chain and the changes of a disk, whose path is relative to the user's folder", () => {
    const disks = join(checkout, ".quickstart", "disks");

    const { status, stdout } = npmStart(checkout, ["web.vhdx"], disks);

    expect(stdout).toMatch(/web\.vhdx +differencing vhdx +64 GiB .*\n.*base\.vhdx +dynamic vhdx +64 GiB/);
    expect(stdout).toMatch(/instead of .*base\.vhdx:\n {2}none\n/);
    expect(status).toBe(0);
  });

  it("say in one line what is wrong with a disk", () => {
    const { status, stderr } = npmStart(checkout, ["missing.vhdx"]);

    expect(stderr.trim()).toMatch(/^\[NotFound\] .*missing\.vhdx.*\.$/);
    expect(status).toBe(1);
  });

  it("end with the disks gone when the stack is destroyed", () => {
    const { status } = runTool(checkout, "pulumi.mjs", ["destroy", "--yes"]);

    expect(readdirSync(join(checkout, ".quickstart", "disks"))).toEqual([]);
    expect(status).toBe(0);
  });
});

/** A copy that shares the installed packages and the Pulumi CLI of this checkout, and nothing it could damage. */
function copyCheckout(checkout: string): string {
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

function npmStart(checkout: string, args: readonly string[] = [], userFolder = checkout) {
  return runTool(checkout, "start.mjs", args, { INIT_CWD: userFolder });
}

function runTool(checkout: string, tool: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [join("tools", tool), ...args], {
    cwd: checkout,
    encoding: "utf8",
    env: { ...withPulumiFirst(process.env, requirePulumiCli().folder), ...env },
  });
}
