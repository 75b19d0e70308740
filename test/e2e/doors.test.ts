import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as dynamic from "pulumi-vhd";
import * as native from "pulumi-vhd/native";
import { runCommand } from "../support/pulumi-project";
import { createTestStack } from "../support/pulumi-stack";
import { useTempFolder } from "../support/temp-folder";

const GIB = 1024 ** 3;
const folder = useTempFolder();

jest.setTimeout(180_000);

/** What both doors have. */
type Door = Pick<typeof dynamic, "VirtualDisk" | "DifferencingDisk"> | typeof native;

/** A base, a child over it, and what a data source says of them, through one of the doors. */
function declare(door: Door, name: string, child: Partial<dynamic.DifferencingDiskArgs> = {}) {
  return (): Promise<Record<string, unknown>> => {
    const base = new door.VirtualDisk("base", {
      path: folder(`${name}-base.vhdx`),
      sizeBytes: GIB,
    });
    const disk = new door.DifferencingDisk("child", {
      path: folder(`${name}-child.vhdx`),
      parentPath: base.path,
      ...child,
    });
    return Promise.resolve({ size: disk.sizeBytes });
  };
}

/**
 * A provider as a program in another language may declare it: with a password that is not marked as
 * a secret.
 */
class UnmarkedProvider extends pulumi.ProviderResource {
  constructor(name: string) {
    super("vhd", name, { backend: "hyperv", transport: "winrm", host: "h", password: "hunter2" });
  }
}

/** All that the files of a folder hold. */
function readTexts(path: string): string {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
}

describe("a stack", () => {
  it("keeps a text instead of code, and moves from the dynamic provider to the plugin and back, unchanged", async () => {
    const test = await createTestStack(folder("over"), declare(dynamic, "over"));
    await test.up();
    const { base, child: dynamicChild } = await test.readState();

    test.setProgram(declare(native, "over"));
    expect(await test.preview()).toEqual(["same base", "same child"]);
    expect(await test.up()).toEqual(["same base", "same child"]);
    const { child } = await test.readState();
    await test.refresh();
    test.setProgram(declare(dynamic, "over"));
    const back = await test.up();
    const destroyed = await test.destroy();

    expect(dynamicChild?.type).toBe("pulumi-nodejs:dynamic/vhd:DifferencingDisk");
    expect(dynamicChild?.inputs["__provider"]).toBe(
      'exports.handler = () => require("pulumi-vhd/provider").differencingDisk;',
    );
    expect(base?.outputs["__provider"]).toBe(
      'exports.handler = () => require("pulumi-vhd/provider").virtualDisk;',
    );
    expect(dynamicChild?.inputs).not.toHaveProperty("__preview");
    expect(child?.type).toBe("vhd:index:DifferencingDisk");
    expect(back).toEqual(["same base", "same child"]);
    expect(destroyed).toEqual(["delete child", "delete base"]);
    expect(existsSync(folder("over-base.vhdx"))).toBe(false);
  });

  it("that the plugin made moves to the dynamic provider, with every resource unchanged", async () => {
    const test = await createTestStack(folder("from"), declare(native, "from"));
    await test.up();

    test.setProgram(declare(dynamic, "from"));
    const moved = await test.up();
    const refreshed = await test.refresh();
    const destroyed = await test.destroy();

    expect(moved).toEqual(["same base", "same child"]);
    expect(refreshed).toEqual(["refresh base", "refresh child"]);
    expect(destroyed).toEqual(["delete child", "delete base"]);
  });
});

describe("the plugin", () => {
  it("imports a disk that somebody else made, and then nothing is left to do", async () => {
    const maker = await createTestStack(folder("maker"), declare(dynamic, "import"));
    await maker.up();
    const test = await createTestStack(folder("import"), () => {
      const path = folder("import-child.vhdx");
      new native.DifferencingDisk(
        "web",
        { path, parentPath: folder("import-base.vhdx") },
        { import: path },
      );
      return Promise.resolve({});
    });

    expect(await test.up()).toEqual(["import web"]);
    expect(await test.up({ expectNoChanges: true })).toEqual(["same web"]);
    const { web } = await test.readState();

    expect(web?.outputs).toMatchObject({ type: "differencing", sizeBytes: GIB });
  });

  it("keeps a password a secret in the state where the program did not mark it", async () => {
    const test = await createTestStack(folder("password"), () => {
      new UnmarkedProvider("host");
      return Promise.resolve({});
    });

    await test.up();
    const state = readTexts(folder("password", "backend"));

    expect(state).toContain("pulumi:providers:vhd::host");
    expect(state).not.toContain("hunter2");
  });

  it("shows which input changes, and which makes the disk new", async () => {
    const test = await createTestStack(folder("detail"), declare(native, "detail"));
    await test.up();
    const details: Record<string, unknown>[] = [];
    const onEvent = (event: {
      resourcePreEvent?: { metadata: { detailedDiff?: object } };
    }): void => {
      details.push({ ...event.resourcePreEvent?.metadata.detailedDiff });
    };

    test.setProgram(declare(native, "detail", { sizeBytes: 2 * GIB }));
    await test.stack.preview({ onEvent });
    test.setProgram(declare(native, "detail", { blockSizeBytes: 1024 ** 2 }));
    await test.stack.preview({ onEvent });

    expect(details).toContainEqual({ sizeBytes: { diffKind: "update", inputDiff: false } });
    expect(details).toContainEqual({
      blockSizeBytes: { diffKind: "update-replace", inputDiff: false },
    });
  });

  it("answers data sources, in a preview only for disks that are there", async () => {
    const seen: unknown[] = [];
    const test = await createTestStack(folder("invoke"), () => {
      const base = new native.VirtualDisk("base", {
        path: folder("invoke-base.vhdx"),
        sizeBytes: GIB,
      });
      native
        .getVirtualDiskOutput({ path: base.path })
        .apply(({ sizeBytes }) => seen.push(sizeBytes));
      return Promise.resolve({});
    });

    await test.preview();
    expect(seen).toEqual([]);
    await test.up();

    expect(seen).toEqual([GIB]);
  });

  it("prints its schema through the CLI", async () => {
    const { stack } = await createTestStack(folder("schema"), () => Promise.resolve({}));
    const plugin = `${__dirname}/../../plugin/pulumi-resource-vhd`;

    const { exitCode, stdout } = runCommand(
      "pulumi",
      ["package", "get-schema", plugin],
      folder(),
      stack.workspace.envVars,
    );

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: "vhd" });
  });
});
