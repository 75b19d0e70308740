import { existsSync, mkdirSync, rmSync } from "node:fs";
import { getVirtualDiskChain } from "pulumi-vhd";
import { DOORS } from "../support/doors";
import { useTempFolder } from "../support/temp-folder";

const GIB = 1024 ** 3;

jest.setTimeout(240_000);

interface Place {
  readonly basePath: string;
  readonly childPath: string;
}

describe.each(DOORS)("what a preview says ($name)", ({ vhd, createStack, itThrough }) => {
  const folder = useTempFolder();

  /** A base and a protected child that refers to it, as README writes them. */
  function declare(place: Place): () => Promise<void> {
    return () => {
      const base = new vhd.VirtualDisk("base", { path: place.basePath, sizeBytes: GIB });
      new vhd.DifferencingDisk(
        "child",
        { path: place.childPath, parentPath: base.path },
        { protect: true },
      );
      return Promise.resolve();
    };
  }

  function makePlace(name: string): Place {
    mkdirSync(folder(name, "golden"), { recursive: true });
    mkdirSync(folder(name, "disks"));
    return {
      basePath: folder(name, "golden", "base.vhdx"),
      childPath: folder(name, "disks", "child.vhdx"),
    };
  }

  describe("a base that is renamed under a child", () => {
    it("is moved, and the protected child follows in place, as the preview and its plan say; one that vanished is not made again", async () => {
      const place = makePlace("rename");
      const test = await createStack(folder("rename", "stack"), declare(place));
      await test.up();
      const renamed = { ...place, basePath: folder("rename", "golden", "base-v1.vhdx") };

      test.setProgram(declare(renamed));
      const preview = await test.preview({ plan: folder("rename", "plan.json") });
      const update = await test.up({ plan: folder("rename", "plan.json") });

      expect(preview).toEqual(["update base", "update child"]);
      expect(update).toEqual(preview);
      const { disks } = await getVirtualDiskChain({ path: place.childPath });
      expect(disks.map(({ path }) => path)).toEqual([place.childPath, renamed.basePath]);
      rmSync(renamed.basePath);
      await expect(test.up({ refresh: true })).rejects.toThrow(/\[ParentNotFound\].*base-v1\.vhdx/);
      expect(existsSync(renamed.basePath)).toBe(false);
      expect(existsSync(place.childPath)).toBe(true);
    });
  });

  describe("a resource that is renamed with adopt", () => {
    itThrough(
      "pulumi-vhd",
      "takes the disk over, and the old resource leaves it alone",
      async () => {
        const path = folder("adopted.vhdx");
        const test = await createStack(folder("adopted"), () => {
          new vhd.VirtualDisk("old-name", { path, sizeBytes: GIB });
          return Promise.resolve();
        });
        await test.up();
        test.setProgram(() => {
          new vhd.VirtualDisk("new-name", { path, sizeBytes: GIB, adopt: true });
          return Promise.resolve();
        });

        expect(await test.up()).toEqual(["create new-name", "delete old-name"]);
        expect(existsSync(path)).toBe(true);
        expect(await test.destroy()).toEqual(["delete new-name"]);
        expect(existsSync(path)).toBe(false);
      },
    );
  });

  describe("a preview of what cannot be done", () => {
    itThrough(
      "pulumi-vhd/native",
      "names what is wrong beside the input: a missing folder, which the program may ask for, and two resources with one disk",
      async () => {
        const path = folder("missing", "deep", "a.vhdx");
        const declareDisks =
          (...disks: readonly { readonly path: string; readonly createFolder?: boolean }[]) =>
          (): Promise<void> => {
            disks.forEach((disk, index) => {
              new vhd.VirtualDisk(`disk-${index}`, { ...disk, sizeBytes: GIB });
            });
            return Promise.resolve();
          };
        const test = await createStack(folder("wrong"), declareDisks({ path }));

        await expect(test.preview()).rejects.toThrow(
          /property path value .* has a problem: The folder .*missing.*deep is missing/,
        );
        const twice = { path: folder("twice.vhdx") };
        test.setProgram(declareDisks(twice, twice));
        await expect(test.preview()).rejects.toThrow(
          /Another resource of this program has the same disk/,
        );
        test.setProgram(declareDisks({ path, createFolder: true }));
        expect(await test.preview()).toEqual(["create disk-0"]);
        expect(await test.up()).toEqual(["create disk-0"]);
        expect(existsSync(path)).toBe(true);
      },
    );
  });
});
