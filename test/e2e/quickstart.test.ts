import { readdirSync } from "node:fs";
import { join } from "node:path";
import { copyCheckout, npmStart, runTool } from "../support/checkout";
import { WITHOUT_TYPES } from "../support/pulumi-project";
import { useTempFolder } from "../support/temp-folder";

jest.setTimeout(180_000);

describe("the two commands of a checkout that is set up", () => {
  const tempPath = useTempFolder();
  let checkout: string;

  beforeAll(() => {
    checkout = copyCheckout(tempPath("checkout"));
  });

  it("bring the quick-start stack up, and change nothing when they are repeated", () => {
    const first = npmStart(checkout);
    const second = runTool(checkout, "start.mjs", [], { INIT_CWD: checkout, ...WITHOUT_TYPES });

    expect(first.stdout).toContain("+ 4 created");
    expect(first.stdout).toMatch(/webChain +: \[\n.*web\.vhdx"\n.*base\.vhdx"/);
    expect(first.stdout).toMatch(/webChanges: \{\n.*changedBytes: 0/);
    expect(first.stdout).toContain("What to try next:");
    expect(second.stdout).toContain("4 unchanged");
    expect([first.status, second.status]).toEqual([0, 0]);
    const files = readdirSync(join(checkout, ".quickstart", "disks")).filter(
      (name) => !name.startsWith("."),
    );
    expect(files.toSorted()).toEqual(["base.vhdx", "db.vhdx", "web.vhdx"]);
  });

  it("tell the chain and the changes of a disk, whose path is relative to the user's folder", () => {
    const disks = join(checkout, ".quickstart", "disks");

    const { status, stdout } = npmStart(checkout, ["web.vhdx"], disks);

    expect(stdout).toMatch(
      /web\.vhdx +differencing vhdx +64 GiB .*\n.*base\.vhdx +dynamic vhdx +64 GiB/,
    );
    expect(stdout).toMatch(/instead of .*base\.vhdx:\n {2}none\n/);
    expect(status).toBe(0);
  });

  it("end with the disks gone when the stack is destroyed", () => {
    const { status } = runTool(checkout, "pulumi.mjs", ["destroy", "--yes"]);

    expect(readdirSync(join(checkout, ".quickstart", "disks"))).toEqual([]);
    expect(status).toBe(0);
  });
});
