import { existsSync, mkdirSync, readdirSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as vhd from "pulumi-vhd";
import { createTestStack } from "../support/pulumi-stack";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const folder = useTempFolder();

/** What marks a secret value in a state. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

jest.setTimeout(180_000);

/** Declares a base and one disk over it with these options. */
function declareChild(
  name: string,
  opts: pulumi.CustomResourceOptions,
  args: Partial<vhd.DifferencingDiskArgs> = {},
  resourceName = "child",
): () => Promise<void> {
  return () => {
    const base = new vhd.VirtualDisk("base", { path: folder(`${name}-base.vhdx`), sizeBytes: GIB });
    const declared = { path: folder(`${name}-child.vhdx`), parentPath: base.path, ...args };
    new vhd.DifferencingDisk(resourceName, declared, opts);
    return Promise.resolve();
  };
}

function declareNothing(): Promise<void> {
  return Promise.resolve();
}

describe("Pulumi's own options", () => {
  it("retainOnDelete leaves the file", async () => {
    const test = await createTestStack(
      folder("retain"),
      declareChild("retain", { retainOnDelete: true }),
    );
    await test.up();

    // The base cannot be deleted: the file that was retained depends on it.
    await expect(test.destroy()).rejects.toThrow(/\[HasChildren\].*retain-child\.vhdx/);

    expect(Object.keys(await test.readState())).toEqual(["base"]);
    expect(existsSync(folder("retain-child.vhdx"))).toBe(true);
    expect(existsSync(folder("retain-base.vhdx"))).toBe(true);
  });

  it("protect keeps the disk from being deleted", async () => {
    const test = await createTestStack(
      folder("protect"),
      declareChild("protect", { protect: true }),
    );
    await test.up();

    await expect(test.destroy()).rejects.toThrow(/protect/);
    test.setProgram(declareNothing);
    await expect(test.up()).rejects.toThrow(/protect/);
    expect(existsSync(folder("protect-child.vhdx"))).toBe(true);
  });

  it("aliases rename a resource without touching the disk", async () => {
    const test = await createTestStack(folder("alias"), declareChild("alias", {}));
    await test.up();

    test.setProgram(declareChild("alias", { aliases: [{ name: "child" }] }, {}, "renamed"));

    expect(await test.up()).toEqual(["same base", "same renamed"]);
  });

  it("ignoreChanges leaves a value as it is", async () => {
    const test = await createTestStack(
      folder("ignore"),
      declareChild("ignore", {}, { sizeBytes: 2 * GIB }),
    );
    await test.up();

    test.setProgram(
      declareChild("ignore", { ignoreChanges: ["sizeBytes"] }, { sizeBytes: 4 * GIB }),
    );

    expect(await test.up()).toEqual(["same base", "same child"]);
  });

  it("a plan made by a preview fits the update", async () => {
    const test = await createTestStack(folder("plan"), declareChild("plan", {}));
    const plan = folder("plan.json");

    await test.preview({ plan });

    expect(await test.up({ plan })).toEqual(["create base", "create child"]);
  });

  it("secret inputs stay secret, in outputs and in the state", async () => {
    const test = await createTestStack(folder("secret"), () => {
      const path = pulumi.secret(folder("secret-base.vhdx"));
      const base = new vhd.VirtualDisk("base", { path, sizeBytes: GIB });
      return Promise.resolve({
        path: base.path,
        chain: vhd.getVirtualDiskChainOutput({ path: base.path }).length,
      });
    });

    await test.up();

    const outputs = await test.stack.outputs();
    expect(outputs["path"]).toEqual({ value: folder("secret-base.vhdx"), secret: true });
    expect(outputs["chain"]).toEqual({ value: 1, secret: true });
    const { base } = await test.readState();
    expect(base?.inputs["path"]).toHaveProperty([SECRET_SIGNATURE]);
    expect(base?.outputs["path"]).toHaveProperty([SECRET_SIGNATURE]);
  });

  it("undefined inputs count as not given", async () => {
    const undeclared = { sizeBytes: undefined, blockSizeBytes: undefined, adopt: undefined };
    const test = await createTestStack(folder("undef"), declareChild("undef", {}, undeclared));
    await test.up();

    test.setProgram(declareChild("undef", {}));

    expect(await test.up({ expectNoChanges: true })).toEqual(["same base", "same child"]);
  });

  it("a disk is read by its path alone, without being managed", async () => {
    const test = await createTestStack(folder("get"), declareChild("get", {}));
    await test.up();
    const reader = await createTestStack(folder("get-2"), () => {
      const disk = vhd.DifferencingDisk.get("disk", folder("get-child.vhdx"));
      return Promise.resolve({ path: disk.path, size: disk.sizeBytes, parent: disk.parentPath });
    });

    await reader.up();
    const outputs = await reader.stack.outputs();
    await reader.destroy();

    expect(outputs["path"]?.value).toBe(folder("get-child.vhdx"));
    expect(outputs["size"]?.value).toBe(GIB);
    expect(outputs["parent"]?.value).toBe(folder("get-base.vhdx"));
    expect(existsSync(folder("get-child.vhdx"))).toBe(true);
  });
});

describe("values that a preview does not know yet", () => {
  it("are waited for: size and path from another resource", async () => {
    const program = (): Promise<Record<string, unknown>> => {
      const base = new vhd.VirtualDisk("base", {
        path: folder("unknown-base.vhdx"),
        sizeBytes: GIB,
      });
      const path = base.diskId.apply((diskId) =>
        folder(`unknown-${String(diskId).slice(0, 0)}child.vhdx`),
      );
      const sizeBytes = base.blockSizeBytes.apply((blockSizeBytes) => GIB + blockSizeBytes);
      const child = new vhd.DifferencingDisk("child", { path, parentPath: base.path, sizeBytes });
      const changes = vhd.getVirtualDiskChangesOutput({ path: child.path });
      return Promise.resolve({ size: child.sizeBytes, complete: changes.complete });
    };
    const test = await createTestStack(folder("unknown"), program);

    expect(await test.preview()).toEqual(["create base", "create child"]);
    await test.up();

    const outputs = await test.stack.outputs();
    expect(outputs["size"]?.value).toBe(GIB + 32 * MIB);
    expect(outputs["complete"]?.value).toBe(true);
  });

  it("are unknown to programs as well, outputs and data sources alike", async () => {
    const seen: unknown[] = [];
    const program = (): Promise<void> => {
      const base = new vhd.VirtualDisk("base", { path: folder("apply-base.vhdx"), sizeBytes: GIB });
      const child = new vhd.DifferencingDisk("child", {
        path: folder("apply-child.vhdx"),
        parentPath: base.path,
      });
      child.sizeBytes.apply((sizeBytes) => seen.push(sizeBytes));
      child.diskId.apply((diskId) => seen.push(typeof diskId));
      vhd.getVirtualDiskOutput({ path: child.path }).apply(({ type }) => seen.push(type));
      vhd
        .getVirtualDiskOutput({ path: folder("apply-base.vhdx") }, { dependsOn: base })
        .apply(({ type }) => seen.push(type));
      return Promise.resolve();
    };
    const test = await createTestStack(folder("apply"), program);

    await test.preview();
    expect(seen).toEqual([]);
    await test.up();
    expect(seen.toSorted()).toEqual([GIB, "differencing", "dynamic", "string"].toSorted());
  });
});

describe("an update that fails half way", () => {
  it("records what was done, and goes on from there", async () => {
    const declareFixed = (path: string, sizeBytes: number) => (): Promise<void> => {
      new vhd.VirtualDisk("disk", { path: folder(path), sizeBytes, type: "fixed" });
      return Promise.resolve();
    };
    const test = await createTestStack(folder("partial"), declareFixed("partial-a.vhdx", 16 * MIB));
    await test.up();

    // The move succeeds; no volume of a test machine has room for the new size.
    test.setProgram(declareFixed("partial-b.vhdx", 60 * 1024 * GIB));
    await expect(test.up()).rejects.toThrow(/\[PartialCreate\].*\[IoFailed\].*not enough space/);
    const { disk } = await test.readState();
    expect(disk?.outputs).toMatchObject({ path: folder("partial-b.vhdx"), sizeBytes: 16 * MIB });
    test.setProgram(declareFixed("partial-b.vhdx", 32 * MIB));
    expect(await test.up()).toEqual(["update disk"]);

    expect((await vhd.getVirtualDisk({ path: folder("partial-b.vhdx") })).sizeBytes).toBe(32 * MIB);
    expect(await test.destroy()).toEqual(["delete disk"]);
    expect(readdirSync(folder()).filter((name) => name.startsWith("partial-"))).toEqual([]);
  });
});

describe("many disks", () => {
  it("100 children of one parent are made and deleted at once", async () => {
    const test = await createTestStack(folder("many"), () => {
      const base = new vhd.VirtualDisk("base", { path: folder("many-base.vhdx"), sizeBytes: GIB });
      for (let index = 0; index < 100; index += 1) {
        const path = folder(`many-child-${index}.vhdx`);
        new vhd.DifferencingDisk(`child-${index}`, { path, parentPath: base.path });
      }
      return Promise.resolve();
    });

    const made = await test.up();
    const files = readdirSync(folder()).filter(
      (name) => name.startsWith("many-") && name.endsWith(".vhdx"),
    );
    const deleted = await test.destroy();

    expect(made.filter((step) => step.startsWith("create"))).toHaveLength(101);
    expect(files).toHaveLength(101);
    expect(deleted.at(-1)).toBe("delete base");
    expect(readdirSync(folder()).filter((name) => name.startsWith("many-"))).toEqual([]);
  });

  it("of several places are configured apart, each by its own Provider, which deletes know without the program", async () => {
    mkdirSync(folder("golden"));
    mkdirSync(folder("jobs"));
    const basePath = folder("golden", "base.vhdx");
    const test = await createTestStack(folder("places"), () => {
      const place = new vhd.Provider("place", { searchFolders: [folder("jobs")] });
      const base = new vhd.VirtualDisk(
        "base",
        { path: basePath, sizeBytes: GIB },
        { provider: place },
      );
      return Promise.resolve({
        type: vhd.getVirtualDiskOutput({ path: base.path }, { provider: place }).type,
      });
    });
    const jobs = await createTestStack(folder("places-2"), () => {
      new vhd.DifferencingDisk("job", { path: folder("jobs", "job.vhdx"), parentPath: basePath });
      return Promise.resolve();
    });

    await test.up();
    await jobs.up();
    const refused = test.destroy();
    await expect(refused).rejects.toThrow(/\[HasChildren\].*job\.vhdx/);
    await jobs.destroy();
    await test.destroy();

    expect(existsSync(basePath)).toBe(false);
  });

  it("are configured by the stack, and a wrong value is named with its key", async () => {
    const test = await createTestStack(folder("config"), declareChild("config", {}), {
      "vhd:backend": "vmware",
    });

    await expect(test.preview()).rejects.toThrow(
      /\[InvalidInput\].*must be "embedded" or "hyperv": vhd:backend/,
    );
  });
});
