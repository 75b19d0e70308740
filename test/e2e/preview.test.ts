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

describe.each(DOORS)("what a preview says ($name)", ({ vhd, createStack }) => {
  const folder = useTempFolder();

  /** A base and a child that refers to it, as README writes them. */
  function declare(place: Place, protect = false): () => Promise<void> {
    return () => {
      const base = new vhd.VirtualDisk("base", { path: place.basePath, sizeBytes: GIB });
      new vhd.DifferencingDisk(
        "child",
        { path: place.childPath, parentPath: base.path },
        { protect },
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
    it("is moved, and the protected child follows in place, as the preview and its plan say", async () => {
      const place = makePlace("rename");
      const test = await createStack(folder("rename", "stack"), declare(place, true));
      await test.up();
      const renamed = { ...place, basePath: folder("rename", "golden", "base-v1.vhdx") };

      test.setProgram(declare(renamed, true));
      const preview = await test.preview({ plan: folder("rename", "plan.json") });
      const update = await test.up({ plan: folder("rename", "plan.json") });

      expect(preview).toEqual(["update base", "update child"]);
      expect(update).toEqual(preview);
      const { disks } = await getVirtualDiskChain({ path: place.childPath });
      expect(disks.map(({ path }) => path)).toEqual([place.childPath, renamed.basePath]);
      expect(await test.up({ expectNoChanges: true })).toEqual(["same base", "same child"]);
    });
  });

  describe("a base that vanished under a child", () => {
    it("makes a refresh fail with the broken link, and is not made again", async () => {
      const place = makePlace("vanished");
      const test = await createStack(folder("vanished", "stack"), declare(place));
      await test.up();
      rmSync(place.basePath);

      const refreshed = test.up({ refresh: true });

      await expect(refreshed).rejects.toThrow(/\[ParentNotFound\].*base\.vhdx/);
      expect(existsSync(place.basePath)).toBe(false);
      expect(existsSync(place.childPath)).toBe(true);
    });
  });

  describe("a resource that is renamed with adopt", () => {
    it("takes the disk over, and the old resource leaves it alone", async () => {
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
    });
  });

  describe("a preview of what cannot be done", () => {
    it("names what is wrong beside the input", async () => {
      const test = await createStack(folder("wrong"), () => {
        new vhd.VirtualDisk("lost", { path: folder("no-such-folder", "a.vhdx"), sizeBytes: GIB });
        return Promise.resolve();
      });

      await expect(test.preview()).rejects.toThrow(
        /property path value .* has a problem: The folder .*no-such-folder is missing/,
      );
    });

    it("makes the folder where the program says so", async () => {
      const path = folder("made", "deep", "a.vhdx");
      const test = await createStack(folder("made-stack"), () => {
        new vhd.VirtualDisk("disk", { path, sizeBytes: GIB, createFolder: true });
        return Promise.resolve();
      });

      expect(await test.preview()).toEqual(["create disk"]);
      expect(await test.up()).toEqual(["create disk"]);
      expect(existsSync(path)).toBe(true);
    });

    it("refuses two resources with one disk", async () => {
      const path = folder("twice.vhdx");
      const test = await createStack(folder("twice"), () => {
        new vhd.VirtualDisk("one", { path, sizeBytes: GIB });
        new vhd.VirtualDisk("two", { path, sizeBytes: GIB });
        return Promise.resolve();
      });

      await expect(test.preview()).rejects.toThrow(
        /Another resource of this program has the same disk/,
      );
    });
  });
});
