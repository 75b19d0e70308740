import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { DifferencingDiskArgs } from "pulumi-vhd";
import { DOORS } from "../support/doors";
import { useTempFolder } from "../support/temp-folder";

const GIB = 1024 ** 3;

/** What marks a secret value in a state. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

jest.setTimeout(180_000);

function declareNothing(): Promise<void> {
  return Promise.resolve();
}

describe.each(DOORS)("Pulumi's own options ($name)", ({ vhd, createStack }) => {
  const folder = useTempFolder();

  /** Declares a base and one disk over it with these options. */
  function declareChild(
    name: string,
    opts: pulumi.CustomResourceOptions,
    args: Partial<DifferencingDiskArgs> = {},
    resourceName = "child",
  ): () => Promise<void> {
    return () => {
      const base = new vhd.VirtualDisk("base", {
        path: folder(`${name}-base.vhdx`),
        sizeBytes: GIB,
      });
      const declared = { path: folder(`${name}-child.vhdx`), parentPath: base.path, ...args };
      new vhd.DifferencingDisk(resourceName, declared, opts);
      return Promise.resolve();
    };
  }

  it("retainOnDelete leaves the file", async () => {
    const test = await createStack(
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
    const test = await createStack(folder("protect"), declareChild("protect", { protect: true }));
    await test.up();

    await expect(test.destroy()).rejects.toThrow(/protect/);
    test.setProgram(declareNothing);
    await expect(test.up()).rejects.toThrow(/protect/);
    expect(existsSync(folder("protect-child.vhdx"))).toBe(true);
  });

  it("aliases rename a resource without touching the disk", async () => {
    const test = await createStack(folder("alias"), declareChild("alias", {}));
    await test.up();

    test.setProgram(declareChild("alias", { aliases: [{ name: "child" }] }, {}, "renamed"));

    expect(await test.up()).toEqual(["same base", "same renamed"]);
  });

  it("ignoreChanges leaves a value as it is", async () => {
    const test = await createStack(
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
    const test = await createStack(folder("plan"), declareChild("plan", {}));
    const plan = folder("plan.json");

    await test.preview({ plan });

    expect(await test.up({ plan })).toEqual(["create base", "create child"]);
  });

  it("secret inputs stay secret, in outputs and in the state", async () => {
    const test = await createStack(folder("secret"), () => {
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
    const test = await createStack(folder("undef"), declareChild("undef", {}, undeclared));
    await test.up();

    test.setProgram(declareChild("undef", {}));

    expect(await test.up({ expectNoChanges: true })).toEqual(["same base", "same child"]);
  });

  it("a disk is read by its path alone, without being managed", async () => {
    const test = await createStack(folder("get"), declareChild("get", {}));
    await test.up();
    const reader = await createStack(folder("get-2"), () => {
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
