import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DiskFormat, VirtualDiskInfo } from "../../provider/disk/disk";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { copyCheckout, npmStart } from "../support/checkout";
import { writeContent } from "../support/embedded-disks";
import { type PulumiProject, createProjectStack, writeProject } from "../support/pulumi-project";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const folder = useTempFolder();
const backend = createEmbeddedBackend();

jest.setTimeout(180_000);

type Disks = Record<"base" | "child", VirtualDiskInfo>;

/** A base of 1 GiB and a child of it, in a new folder. */
async function makeDisks(name: string, format: DiskFormat = "vhdx"): Promise<Disks> {
  mkdirSync(folder(name));
  const [basePath, path] = [folder(name, `base.${format}`), folder(name, `child.${format}`)];
  const base = await backend.createDisk({
    type: "dynamic",
    format,
    path: basePath,
    sizeBytes: GIB,
  });
  const child = await backend.createDisk({
    type: "differencing",
    format,
    path,
    parentPath: basePath,
  });
  return { base, child };
}

/** A stack over a program in JavaScript. */
function makeProject(name: string, program: string): PulumiProject {
  return createProjectStack(writeProject(folder(name, "project"), program), folder(name));
}

/** A program that declares what {@link makeDisks} makes. */
function declareDisks({
  base,
  child,
}: Record<"base" | "child", { readonly path: string }>): string {
  return `
    const vhd = require("pulumi-vhd");
    const base = new vhd.VirtualDisk("base", { path: ${JSON.stringify(base.path)}, sizeBytes: ${GIB} });
    new vhd.DifferencingDisk("child", { path: ${JSON.stringify(child.path)}, parentPath: base.path });
  `;
}

describe("npm start with the path of a disk", () => {
  let checkout: string;

  beforeAll(() => {
    checkout = copyCheckout(folder("checkout"));
  });

  it.each(["vhd", "vhdx"] as const)(
    "prints the chain and the changed ranges of a %s",
    async (format) => {
      const { child } = await makeDisks(format, format);
      await writeContent(child, 6 * MIB, new Uint8Array(4096).fill(1));
      await writeContent(child, 900 * MIB, new Uint8Array(1536).fill(2));

      const { status, stdout } = npmStart(checkout, [join(format, `child.${format}`)], folder());

      expect(stdout).toMatch(
        new RegExp(
          `child\\.${format} +differencing ${format} +1 GiB .*\n.*base\\.${format} +dynamic ` +
            `${format} +1 GiB`,
        ),
      );
      expect(stdout).toMatch(
        /6291456 +4096 +\(4 KiB at 6 MiB\)\n +943718400 +1536 +\(1\.5 KiB at 900 MiB\)\n/,
      );
      expect(stdout).toMatch(/2 ranges, 5\.5 KiB\n$/);
      expect(status).toBe(0);
    },
  );

  it("ends quietly when nobody reads what it prints", async () => {
    const { child } = await makeDisks("pipe");

    const [status, stderr] = await new Promise<[number | null, string]>((resolve) => {
      const reader = spawn(process.execPath, [join("tools", "start.mjs"), child.path], {
        cwd: checkout,
      });
      let output = "";
      reader.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
      reader.once("close", (exitCode) => resolve([exitCode, output]));
      reader.stdout.destroy();
    });

    expect([status, stderr]).toEqual([0, ""]);
  });

  it("says in one line what is wrong with it, and makes no stack", () => {
    const { status, stdout, stderr } = npmStart(checkout, ["missing.vhdx"]);

    expect(stderr.trim()).toMatch(/^\[NotFound\] .*missing\.vhdx.*\.$/);
    expect(stdout).toBe("");
    expect(status).toBe(1);
    expect(existsSync(join(checkout, ".quickstart"))).toBe(false);
  });
});

// Every other refusal of an input: test/unit/resources/.
describe("pulumi preview", () => {
  let project: PulumiProject;
  let base: VirtualDiskInfo;

  beforeAll(async () => {
    ({ base } = await makeDisks("wrong"));
    project = makeProject(
      "wrong",
      `const args = new (require("@pulumi/pulumi").Config)().requireObject("disk");
       new (require("pulumi-vhd").DifferencingDisk)("disk", args);`,
    );
  });

  /** Everything that a preview says about the inputs of one disk, by input. */
  function previewFailures(args: object): Record<string, string> {
    const { exitCode, output } = project.run("preview", "-c", `disk=${JSON.stringify(args)}`);
    expect(exitCode).not.toBe(0);
    const failures = output.matchAll(
      /resource 'disk': property (\w+) value \{.*\} has a problem: (.*)/g,
    );
    return Object.fromEntries(
      [...failures].map(([, property, reason]) => [property, reason?.trim()]),
    );
  }

  it("names a path that is not full, and one that Windows reserves", () => {
    const failures = previewFailures({
      path: "disks/web.vhdx",
      parentPath: folder("nul.vhdx"),
    });

    expect(failures).toEqual({
      path: expect.stringMatching(/^disks\/web\.vhdx is not a full path\./),
      parentPath: expect.stringMatching(/^Windows reserves the name nul\.vhdx for a device\./),
    });
  });

  it("names a parent of another format, and a size over the limit of the format", () => {
    const failures = previewFailures({
      path: folder("disk.vhd"),
      parentPath: base.path,
      sizeBytes: 4096 * GIB,
    });

    expect(failures).toEqual({
      parentPath: expect.stringMatching(
        /^The parent is a VHDX and its child is a VHD, but both must have the same format\./,
      ),
      sizeBytes: expect.stringMatching(
        /^4 TiB .* is above the limit of a VHD, about 1\.99 TiB \(2190433320960 bytes\)\./,
      ),
    });
  });
});

// Through the plugin: test/e2e/yaml.test.ts.
describe("the commands of a pipeline (pulumi-vhd)", () => {
  const disks = {
    base: { path: folder("gates", "base.vhdx") },
    child: { path: folder("gates", "child.vhdx") },
  };
  const statePath = folder("gates", "backend", ".pulumi", "stacks", "test", "test.json");
  let project: PulumiProject;

  beforeAll(() => {
    project = makeProject("gates", declareDisks(disks));
    project.run("up", "--yes", "--skip-preview");
  });

  it("keep the line of the program that declares a disk, and nothing of what runs the program", () => {
    const { checkpoint } = JSON.parse(readFileSync(statePath, "utf8")) as {
      checkpoint: { latest: { resources: { type: string; stackTrace?: unknown }[] } };
    };
    const traces = checkpoint.latest.resources
      .filter(({ type }) => type.includes("vhd:"))
      .map(({ stackTrace }) => stackTrace);

    const frame = (line: number): object => ({
      sourcePosition: expect.stringMatching(new RegExp(`^project:///index\\.js#${line},\\d+$`)),
    });
    expect(traces).toEqual([[frame(3)], [frame(4)]]);
  });

  it("pass while nothing differs, and fail when a disk is gone, without touching anything", () => {
    const preview = project.run("preview", "--expect-no-changes", "--json");
    const refresh = project.run("refresh", "--preview-only", "--expect-no-changes");
    const state = readFileSync(statePath, "utf8");
    rmSync(disks.child.path);
    const drifted = project.run("refresh", "--preview-only", "--expect-no-changes");

    expect([preview, refresh, drifted].map(({ exitCode }) => exitCode === 0)).toEqual([
      true,
      true,
      false,
    ]);
    expect(readFileSync(statePath, "utf8")).toBe(state);
    expect(JSON.parse(preview.stdout)).toMatchObject({ changeSummary: { same: 3 } });
    expect(drifted.output).toMatch(/child +delete/);
    expect(existsSync(disks.child.path)).toBe(false);
  });
});

// Through the plugin, `pulumi import` itself does it: test/e2e/yaml.test.ts.
describe("pulumi import --file (pulumi-vhd)", () => {
  it("takes disks over that exist, and touches them only once their identity is recorded", async () => {
    const disks = await makeDisks("import");
    const project = makeProject("import", declareDisks(disks));
    const resources = [
      describeImport("VirtualDisk", "virtualDisk", "base", {
        path: disks.base.path,
        sizeBytes: GIB,
      }),
      describeImport("DifferencingDisk", "differencingDisk", "child", {
        path: disks.child.path,
        parentPath: disks.base.path,
      }),
    ];
    writeFileSync(folder("import.json"), JSON.stringify({ resources }));

    const options = ["--generate-code=false", "--protect=false", "--yes"];
    const imported = project.run("import", "--file", folder("import.json"), ...options);
    const early = project.run("destroy", "--yes", "--skip-preview");
    const refreshed = project.run(
      "up",
      "--yes",
      "--skip-preview",
      "--refresh",
      "--expect-no-changes",
    );
    const state = project.run("stack", "export").stdout;
    const destroyed = project.run("destroy", "--yes", "--skip-preview");

    expect(imported.output).toContain("2 imported");
    expect(early.output).toMatch(
      /\[AlreadyExists\].*cannot be proven that this is the same disk: .*child\.vhdx.*pulumi refresh/,
    );
    expect(refreshed.output).toContain("3 unchanged");
    expect(state).toContain(disks.child.identity.creationId);
    expect([imported, early, refreshed, destroyed].map(({ exitCode }) => exitCode === 0)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect([disks.base, disks.child].map(({ path }) => existsSync(path))).toEqual([false, false]);
  });

  /** An entry of an import file; the inputs are the outputs that are known. */
  function describeImport(
    type: string,
    handlerName: string,
    name: string,
    inputs: { readonly path: string; readonly [input: string]: unknown },
  ): object {
    const values = {
      ...inputs,
      __provider: `exports.handler = () => require("pulumi-vhd/provider").${handlerName};`,
    };
    return {
      type: `pulumi-nodejs:dynamic/vhd:${type}`,
      name,
      id: inputs.path,
      inputs: values,
      outputs: values,
    };
  }
});
