import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { DifferencingDiskArgs } from "pulumi-vhd";
import { DOORS } from "../support/doors";
import { useEmbeddedDisks } from "../support/embedded-disks";
import { useTempFolder } from "../support/temp-folder";

const GIB = 1024 ** 3;

/** What marks a secret value in a state. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

jest.setTimeout(180_000);

describe.each(DOORS)("Pulumi's own options ($name)", ({ vhd, createStack, itThrough }) => {
  const folder = useTempFolder();
  const { makeBase, makeChild } = useEmbeddedDisks();

  /** Declares a base and one disk over it with these options. */
  function declareChild(name: string, opts: pulumi.CustomResourceOptions): () => Promise<void> {
    return () => {
      const base = new vhd.VirtualDisk("base", {
        path: folder(`${name}-base.vhdx`),
        sizeBytes: GIB,
      });
      const args = { path: folder(`${name}-child.vhdx`), parentPath: base.path };
      new vhd.DifferencingDisk("child", args, opts);
      return Promise.resolve();
    };
  }

  itThrough("pulumi-vhd/native", "retainOnDelete leaves the file", async () => {
    const test = await createStack(
      folder("retain"),
      declareChild("retain", { retainOnDelete: true }),
    );
    await test.up();

    // The base cannot be deleted: the file that was retained depends on it.
    await expect(test.destroy()).rejects.toThrow(/\[HasChildren\].*retain-child\.vhdx/);

    expect(Object.keys(test.readState())).toEqual(["base"]);
    expect(existsSync(folder("retain-child.vhdx"))).toBe(true);
    expect(existsSync(folder("retain-base.vhdx"))).toBe(true);
  });

  itThrough("pulumi-vhd/native", "protect keeps the disk from being deleted", async () => {
    const test = await createStack(folder("protect"), declareChild("protect", { protect: true }));
    await test.up();

    await expect(test.destroy()).rejects.toThrow(/protect/);
    expect(existsSync(folder("protect-child.vhdx"))).toBe(true);
  });

  it("a plan made by a preview fits the update; aliases, ignored changes and undefined inputs change nothing", async () => {
    const undeclared = { sizeBytes: undefined, blockSizeBytes: undefined, adopt: undefined };
    const declare = (isLater: boolean) => (): Promise<void> => {
      const base = new vhd.VirtualDisk("base", { path: folder("same-base.vhdx"), sizeBytes: GIB });
      const argsOf = (name: string): DifferencingDiskArgs => ({
        path: folder(`same-${name}.vhdx`),
        parentPath: base.path,
      });
      new vhd.DifferencingDisk(isLater ? "renamed" : "named", argsOf("named"), {
        aliases: isLater ? [{ name: "named" }] : [],
      });
      new vhd.DifferencingDisk(
        "ignored",
        { ...argsOf("ignored"), sizeBytes: (isLater ? 4 : 2) * GIB },
        { ignoreChanges: isLater ? ["sizeBytes"] : [] },
      );
      new vhd.DifferencingDisk("sparse", {
        ...argsOf("sparse"),
        ...(isLater ? {} : undeclared),
      });
      return Promise.resolve();
    };
    const test = await createStack(folder("same"), declare(false));
    const plan = folder("plan.json");

    await test.preview({ plan });
    const made = await test.up({ plan });
    test.setProgram(declare(true));
    const later = await test.up({ expectNoChanges: true });

    const names = ["base", "ignored", "named", "sparse"];
    expect(made.toSorted()).toEqual(names.map((name) => `create ${name}`));
    expect(later.toSorted()).toEqual(["same base", "same ignored", "same renamed", "same sparse"]);
  });

  itThrough("pulumi-vhd", "secret inputs stay secret, in outputs and in the state", async () => {
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
    const { base } = test.readState();
    expect(base?.inputs["path"]).toHaveProperty([SECRET_SIGNATURE]);
    expect(base?.outputs["path"]).toHaveProperty([SECRET_SIGNATURE]);
  });

  itThrough("pulumi-vhd", "a disk is read by its path alone, without being managed", async () => {
    await makeBase(folder("get-base.vhdx"), "vhdx", GIB);
    await makeChild(folder("get-child.vhdx"), folder("get-base.vhdx"));
    const reader = await createStack(folder("get"), () => {
      const disk = vhd.DifferencingDisk.get("disk", folder("get-child.vhdx"));
      return Promise.resolve({ path: disk.path, size: disk.sizeBytes, parent: disk.parentPath });
    });

    await reader.up();
    const outputs = reader.readOutputs();
    await reader.destroy();

    expect(outputs).toEqual({
      path: folder("get-child.vhdx"),
      size: GIB,
      parent: folder("get-base.vhdx"),
    });
    expect(existsSync(folder("get-child.vhdx"))).toBe(true);
  });
});
