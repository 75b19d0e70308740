import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import {
  type DifferencingDiskArgs,
  type VirtualDiskArgs,
  getVirtualDisk,
  getVirtualDiskChain,
} from "pulumi-vhd";
import { DOORS } from "../support/doors";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

jest.setTimeout(180_000);

describe.each(DOORS)("a base and a differencing disk ($name)", ({ vhd, createStack }) => {
  const folder = useTempFolder();

  /** A base and a child over it, declared with these changes. */
  function declare(
    name: string,
    base: Partial<VirtualDiskArgs> = {},
    child: Partial<DifferencingDiskArgs> | null = {},
  ): () => Promise<Record<string, unknown>> {
    return () => {
      const baseDisk = new vhd.VirtualDisk("base", {
        path: folder(`${name}-base.vhdx`),
        sizeBytes: GIB,
        ...base,
      });
      if (child === null) {
        return Promise.resolve({});
      }
      const args = { path: folder(`${name}-child.vhdx`), parentPath: baseDisk.path, ...child };
      const childDisk = new vhd.DifferencingDisk("child", args);
      return Promise.resolve({ childSize: childDisk.sizeBytes, childPath: childDisk.path });
    };
  }

  it("are previewed, made, found unchanged, refreshed and destroyed", async () => {
    const test = await createStack(folder("life"), declare("life"));

    expect(await test.preview()).toEqual(["create base", "create child"]);
    expect(existsSync(folder("life-base.vhdx"))).toBe(false);
    expect(await test.up()).toEqual(["create base", "create child"]);
    expect(await test.preview({ expectNoChanges: true })).toEqual(["same base", "same child"]);
    expect(await test.up({ expectNoChanges: true })).toEqual(["same base", "same child"]);
    expect(await test.refresh({ expectNoChanges: true })).toEqual([
      "refresh base",
      "refresh child",
    ]);
    expect(await test.up({ expectNoChanges: true, refresh: true })).toContain("same child");
    expect((await test.stack.outputs())["childSize"]?.value).toBe(GIB);
    const chain = await getVirtualDiskChain({ path: folder("life-child.vhdx") });
    expect(chain.disks.map((disk) => disk.path)).toEqual([
      folder("life-child.vhdx"),
      folder("life-base.vhdx"),
    ]);
    expect(await test.destroy()).toEqual(["delete child", "delete base"]);
    expect(existsSync(folder("life-child.vhdx"))).toBe(false);
    expect(existsSync(folder("life-base.vhdx"))).toBe(false);
  });

  it("grow in place and refuse to shrink", async () => {
    const test = await createStack(folder("grow"), declare("grow", {}, { sizeBytes: 2 * GIB }));
    await test.up();
    const before = await getVirtualDisk({ path: folder("grow-child.vhdx") });

    test.setProgram(declare("grow", {}, { sizeBytes: 4 * GIB }));
    expect(await test.up()).toEqual(["same base", "update child"]);
    const after = await getVirtualDisk({ path: folder("grow-child.vhdx") });
    expect([before.sizeBytes, after.sizeBytes]).toEqual([2 * GIB, 4 * GIB]);
    test.setProgram(declare("grow", {}, { sizeBytes: 3 * GIB }));
    await expect(test.preview()).rejects.toThrow(
      /property sizeBytes value .* has a problem: A disk cannot shrink/,
    );
    expect((await getVirtualDisk({ path: folder("grow-child.vhdx") })).sizeBytes).toBe(4 * GIB);
  });

  it("are replaced in the right order when the base changes, and never leave a broken child", async () => {
    const test = await createStack(folder("rebase"), declare("rebase"));
    await test.up();

    test.setProgram(declare("rebase", { blockSizeBytes: 4 * MIB }));
    const steps = await test.up();

    expect(steps.filter((step) => /^(delete|create)/.test(step))).toEqual([
      "delete-replaced child",
      "delete-replaced base",
      "create-replacement base",
      "create-replacement child",
    ]);
    const { disks } = await getVirtualDiskChain({ path: folder("rebase-child.vhdx") });
    expect(disks.map((disk) => disk.blockSizeBytes)).toEqual([2 * MIB, 4 * MIB]);
  });

  it("come back when a file vanished and a refresh has seen it", async () => {
    const test = await createStack(folder("gone"), declare("gone"));
    await test.up();
    rmSync(folder("gone-child.vhdx"));

    await test.refresh();
    expect(Object.keys(await test.readState())).toEqual(["base"]);
    expect(await test.up()).toEqual(["same base", "create child"]);
    expect(existsSync(folder("gone-child.vhdx"))).toBe(true);
  });

  it("leave another disk at the path alone, in refresh, update and destroy", async () => {
    const test = await createStack(folder("foreign"), declare("foreign"));
    await test.up();
    const sibling = await createStack(folder("foreign-2"), () => {
      const parentPath = folder("foreign-base.vhdx");
      new vhd.DifferencingDisk("sibling", { path: folder("foreign-sibling.vhdx"), parentPath });
      return Promise.resolve({});
    });
    await sibling.up();
    copyFileSync(folder("foreign-sibling.vhdx"), folder("foreign-child.vhdx"));
    const foreign = readFileSync(folder("foreign-child.vhdx"));

    await expect(test.refresh()).rejects.toThrow(
      /\[AlreadyExists\] a different disk is at this path/,
    );
    test.setProgram(declare("foreign", {}, { sizeBytes: 2 * GIB }));
    await expect(test.up()).rejects.toThrow(/\[AlreadyExists\] a different disk is at this path/);
    await expect(test.destroy()).rejects.toThrow(
      /\[AlreadyExists\] a different disk is at this path/,
    );
    expect(readFileSync(folder("foreign-child.vhdx")).equals(foreign)).toBe(true);
  });

  it("never overwrite a file, and adopt exactly the declared disk", async () => {
    writeFileSync(folder("adopt-base.vhdx"), "precious");
    const test = await createStack(folder("adopt"), declare("adopt", {}, null));
    await expect(test.up()).rejects.toThrow(/\[AlreadyExists\]/);
    expect(readFileSync(folder("adopt-base.vhdx"), "utf8")).toBe("precious");
    rmSync(folder("adopt-base.vhdx"));
    await test.up();
    const original = readFileSync(folder("adopt-base.vhdx"));

    const second = await createStack(
      folder("adopt-2"),
      declare("adopt", { adopt: true, sizeBytes: 2 * GIB }, null),
    );
    await expect(second.up()).rejects.toThrow(/sizeBytes is 1 GiB .*, but 2 GiB .* is declared/);
    second.setProgram(declare("adopt", { adopt: true }, null));
    expect(await second.up()).toEqual(["create base"]);
    expect(readFileSync(folder("adopt-base.vhdx")).equals(original)).toBe(true);
  });

  it("follow a parent that was moved by hand in place, and are replaced for another parent", async () => {
    const parentPath = folder("moved-golden.vhdx");
    const test = await createStack(folder("moved"), declare("moved", {}, { parentPath }));
    const golden = await createStack(folder("moved-2"), () => {
      new vhd.VirtualDisk("golden", { path: parentPath, sizeBytes: GIB });
      return Promise.resolve({});
    });
    await golden.up();
    await test.up();
    const { diskId } = await getVirtualDisk({ path: folder("moved-child.vhdx") });

    renameSync(parentPath, folder("moved-elsewhere.vhdx"));
    test.setProgram(declare("moved", {}, { parentPath: folder("moved-elsewhere.vhdx") }));
    expect((await test.up()).toSorted()).toEqual(["same base", "update child"]);
    const chain = await getVirtualDiskChain({ path: folder("moved-child.vhdx") });
    expect(chain.disks[1]?.path).toBe(folder("moved-elsewhere.vhdx"));
    expect(chain.disks[0]?.diskId).toBe(diskId);
    test.setProgram(declare("moved"));
    expect(await test.up()).toEqual(
      expect.arrayContaining(["same base", "delete-replaced child", "create-replacement child"]),
    );
  });

  it("are not deleted for a parent that does not exist", async () => {
    const test = await createStack(folder("typo"), declare("typo"));
    await test.up();
    const child = readFileSync(folder("typo-child.vhdx"));

    test.setProgram(declare("typo", {}, { parentPath: folder("typo-bsae.vhdx") }));
    await expect(test.up()).rejects.toThrow(/\[ParentNotFound\].*typo-bsae\.vhdx/);
    expect(readFileSync(folder("typo-child.vhdx")).equals(child)).toBe(true);
  });

  it("move with their content when their path changes", async () => {
    const test = await createStack(folder("move"), declare("move"));
    await test.up();
    const { diskId } = await getVirtualDisk({ path: folder("move-child.vhdx") });

    test.setProgram(declare("move", {}, { path: folder("move-renamed.vhdx") }));
    expect(await test.up()).toEqual(["same base", "update child"]);
    expect(existsSync(folder("move-child.vhdx"))).toBe(false);
    const chain = await getVirtualDiskChain({ path: folder("move-renamed.vhdx") });
    expect(chain.disks[0]?.diskId).toBe(diskId);
    expect(await test.destroy()).toEqual(["delete child", "delete base"]);
  });
});
