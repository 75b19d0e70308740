import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import {
  type DifferencingDiskArgs,
  type VirtualDiskArgs,
  getVirtualDisk,
  getVirtualDiskChain,
} from "pulumi-vhd";
import { DOORS } from "../support/doors";
import { useEmbeddedDisks } from "../support/embedded-disks";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

jest.setTimeout(180_000);

describe.each(DOORS)(
  "a base and a differencing disk ($name)",
  ({ vhd, createStack, itThrough }) => {
    const folder = useTempFolder();
    const { makeBase, makeChild } = useEmbeddedDisks();

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

    it("are previewed, made, found unchanged, refreshed, grown in place, never shrunk, moved with their content and destroyed", async () => {
      const [path, renamed] = [folder("life-child.vhdx"), folder("life-renamed.vhdx")];
      const test = await createStack(folder("life"), declare("life"));

      expect(await test.preview()).toEqual(["create base", "create child"]);
      expect(existsSync(folder("life-base.vhdx"))).toBe(false);
      expect(await test.up()).toEqual(["create base", "create child"]);
      expect(await test.refresh({ expectNoChanges: true })).toEqual([
        "refresh base",
        "refresh child",
      ]);
      expect(await test.up({ expectNoChanges: true })).toEqual(["same base", "same child"]);
      expect(test.readOutputs()["childSize"]).toBe(GIB);
      const { disks } = await getVirtualDiskChain({ path });
      expect(disks.map((disk) => disk.path)).toEqual([path, folder("life-base.vhdx")]);

      test.setProgram(declare("life", {}, { sizeBytes: 4 * GIB }));
      expect(await test.up()).toEqual(["same base", "update child"]);
      const grown = await getVirtualDisk({ path });
      test.setProgram(declare("life", {}, { sizeBytes: 3 * GIB }));
      await expect(test.preview()).rejects.toThrow(
        /property sizeBytes value .* has a problem: A disk cannot shrink/,
      );
      test.setProgram(declare("life", {}, { path: renamed, sizeBytes: 4 * GIB }));
      expect(await test.up()).toEqual(["same base", "update child"]);
      const moved = await getVirtualDisk({ path: renamed });
      expect([existsSync(path), grown.sizeBytes, moved.sizeBytes]).toEqual([
        false,
        4 * GIB,
        4 * GIB,
      ]);
      expect([grown.diskId, moved.diskId]).toEqual([disks[0]?.diskId, disks[0]?.diskId]);

      expect(await test.destroy()).toEqual(["delete child", "delete base"]);
      expect(existsSync(renamed)).toBe(false);
      expect(existsSync(folder("life-base.vhdx"))).toBe(false);
    });

    itThrough(
      "pulumi-vhd/native",
      "are replaced in the right order when the base changes, and come back when a refresh has seen that a file vanished, and leave a different disk at the path alone",
      async () => {
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
        rmSync(folder("rebase-child.vhdx"));
        await test.refresh();
        expect(Object.keys(test.readState())).toEqual(["base"]);
        expect(await test.up()).toEqual(["same base", "create child"]);

        rmSync(folder("rebase-child.vhdx"));
        const foreign = await makeChild(folder("rebase-child.vhdx"), folder("rebase-base.vhdx"));
        const content = readFileSync(foreign.path);
        const refusal = /\[AlreadyExists\] a different disk is at this path/;
        await expect(test.refresh()).rejects.toThrow(refusal);
        test.setProgram(declare("rebase", { blockSizeBytes: 4 * MIB }, { sizeBytes: 2 * GIB }));
        await expect(test.up()).rejects.toThrow(refusal);
        await expect(test.destroy()).rejects.toThrow(refusal);
        expect(readFileSync(foreign.path).equals(content)).toBe(true);
      },
    );

    itThrough(
      "pulumi-vhd",
      "never overwrite a file, and adopt exactly the declared disk",
      async () => {
        const path = folder("adopt-base.vhdx");
        writeFileSync(path, "precious");
        const test = await createStack(folder("adopt"), declare("adopt", {}, null));
        await expect(test.up()).rejects.toThrow(/\[AlreadyExists\]/);
        expect(readFileSync(path, "utf8")).toBe("precious");
        rmSync(path);
        await makeBase(path, "vhdx", GIB);
        const original = readFileSync(path);

        test.setProgram(declare("adopt", { adopt: true, sizeBytes: 2 * GIB }, null));
        await expect(test.up()).rejects.toThrow(/sizeBytes is 1 GiB .*, but 2 GiB .* is declared/);
        test.setProgram(declare("adopt", { adopt: true }, null));
        expect(await test.up()).toEqual(["create base"]);
        expect(readFileSync(path).equals(original)).toBe(true);
      },
    );

    itThrough(
      "pulumi-vhd/native",
      "stay where no such parent exists, follow one that was moved by hand, and are replaced for another",
      async () => {
        const [parentPath, childPath] = [folder("moved-golden.vhdx"), folder("moved-child.vhdx")];
        await makeBase(parentPath, "vhdx", GIB);
        const test = await createStack(folder("moved"), declare("moved", {}, { parentPath }));
        await test.up();
        const { diskId } = await getVirtualDisk({ path: childPath });
        const child = readFileSync(childPath);

        test.setProgram(declare("moved", {}, { parentPath: folder("moved-glodn.vhdx") }));
        await expect(test.up()).rejects.toThrow(/\[ParentNotFound\].*moved-glodn\.vhdx/);
        expect(readFileSync(childPath).equals(child)).toBe(true);
        renameSync(parentPath, folder("moved-elsewhere.vhdx"));
        test.setProgram(declare("moved", {}, { parentPath: folder("moved-elsewhere.vhdx") }));
        expect((await test.up()).toSorted()).toEqual(["same base", "update child"]);
        const chain = await getVirtualDiskChain({ path: childPath });
        expect(chain.disks[1]?.path).toBe(folder("moved-elsewhere.vhdx"));
        expect(chain.disks[0]?.diskId).toBe(diskId);
        test.setProgram(declare("moved"));
        expect(await test.up()).toEqual(
          expect.arrayContaining([
            "same base",
            "delete-replaced child",
            "create-replacement child",
          ]),
        );
      },
    );
  },
);
