import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as dynamic from "pulumi-vhd";
import * as native from "pulumi-vhd/native";
import { useEmbeddedDisks } from "../support/embedded-disks";
import { pulumiEnvironment } from "../support/pulumi-cli";
import { runCommand } from "../support/pulumi-project";
import { createTestStack } from "../support/pulumi-stack";
import { useTempFolder } from "../support/temp-folder";

const GIB = 1024 ** 3;
const folder = useTempFolder();
const { makeBase, makeChild } = useEmbeddedDisks();

jest.setTimeout(180_000);

/** What both doors have. */
type Door = Pick<typeof dynamic, "VirtualDisk" | "DifferencingDisk"> | typeof native;

/** A base and a child over it, through one of the doors. @param name begins all their names */
function declare(door: Door, name: string, child: Partial<dynamic.DifferencingDiskArgs> = {}) {
  return (): Promise<void> => {
    const base = new door.VirtualDisk(`${name}-base`, {
      path: folder(`${name}-base.vhdx`),
      sizeBytes: GIB,
    });
    const path = folder(`${name}-child.vhdx`);
    new door.DifferencingDisk(`${name}-child`, { path, parentPath: base.path, ...child });
    return Promise.resolve();
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
  it("keeps a text instead of code, and moves between the dynamic provider and the plugin, either way and back, unchanged", async () => {
    const declareThrough = (over: Door, from: Door) => {
      const pairs = [declare(over, "over"), declare(from, "from")];
      return async () => {
        await Promise.all(pairs.map((pair) => pair()));
      };
    };
    const names = ["from-base", "from-child", "over-base", "over-child"];
    const same = names.map((name) => `same ${name}`);
    const test = await createTestStack(folder("stack"), declareThrough(dynamic, native));
    await test.up();
    const made = test.readState();

    test.setProgram(declareThrough(native, dynamic));
    const previewed = await test.preview();
    const moved = await test.up();
    const { "over-child": child } = test.readState();
    const refreshed = await test.refresh();
    test.setProgram(declareThrough(dynamic, native));
    const back = await test.up();
    const destroyed = await test.destroy();

    expect([previewed, moved, back].map((steps) => steps.toSorted())).toEqual([same, same, same]);
    expect(refreshed).toEqual(names.map((name) => `refresh ${name}`));
    expect(made["over-child"]?.type).toBe("pulumi-nodejs:dynamic/vhd:DifferencingDisk");
    expect(made["over-child"]?.inputs["__provider"]).toBe(
      'exports.handler = () => require("pulumi-vhd/provider").differencingDisk;',
    );
    expect(made["over-base"]?.outputs["__provider"]).toBe(
      'exports.handler = () => require("pulumi-vhd/provider").virtualDisk;',
    );
    expect(made["over-child"]?.inputs).not.toHaveProperty("__preview");
    expect(made["from-child"]?.type).toBe("vhd:index:DifferencingDisk");
    expect(child?.type).toBe("vhd:index:DifferencingDisk");
    expect(destroyed.toSorted()).toEqual(names.map((name) => `delete ${name}`));
    expect(existsSync(folder("over-base.vhdx"))).toBe(false);
  });
});

describe("the plugin", () => {
  it("imports a disk that somebody else made, and then nothing is left to do", async () => {
    await makeBase(folder("import-base.vhdx"), "vhdx", GIB);
    await makeChild(folder("import-child.vhdx"), folder("import-base.vhdx"));
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
    const { web } = test.readState();

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

  it("prints its schema through the CLI", () => {
    const plugin = `${__dirname}/../../plugin/pulumi-resource-vhd`;
    const environment = pulumiEnvironment(folder("schema"));

    const { exitCode, stdout } = runCommand(
      "pulumi",
      ["package", "get-schema", plugin],
      folder(),
      environment,
    );

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: "vhd" });
  });
});
