import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { VirtualDisk, getVirtualDisk } from "pulumi-vhd";
import { DOORS } from "../support/doors";
import { useEmbeddedDisks } from "../support/embedded-disks";
import { createTestStack } from "../support/pulumi-stack";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Several times as many as Pulumi works on at once. */
const CHILD_COUNT = 40;

jest.setTimeout(180_000);

describe.each(DOORS)("programs ($name)", ({ vhd, createStack, itThrough }) => {
  const folder = useTempFolder();
  const { backend } = useEmbeddedDisks();

  describe("values that a preview does not know yet", () => {
    itThrough(
      "pulumi-vhd",
      "are waited for, and unknown to programs as well, outputs and data sources alike",
      async () => {
        const seen: unknown[] = [];
        const program = (): Promise<Record<string, unknown>> => {
          const base = new vhd.VirtualDisk("base", {
            path: folder("unknown-base.vhdx"),
            sizeBytes: GIB,
          });
          const path = base.diskId.apply((diskId) =>
            folder(`unknown-${String(diskId).slice(0, 0)}child.vhdx`),
          );
          const sizeBytes = base.blockSizeBytes.apply((blockSizeBytes) => GIB + blockSizeBytes);
          const child = new vhd.DifferencingDisk("child", {
            path,
            parentPath: base.path,
            sizeBytes,
          });
          child.sizeBytes.apply((value) => seen.push(value));
          child.diskId.apply((diskId) => seen.push(typeof diskId));
          vhd.getVirtualDiskOutput({ path: child.path }).apply(({ type }) => seen.push(type));
          vhd
            .getVirtualDiskOutput({ path: folder("unknown-base.vhdx") }, { dependsOn: base })
            .apply(({ type }) => seen.push(type));
          const changes = vhd.getVirtualDiskChangesOutput({ path: child.path });
          return Promise.resolve({ size: child.sizeBytes, complete: changes.complete });
        };
        const test = await createStack(folder("unknown"), program);

        expect(await test.preview()).toEqual(["create base", "create child"]);
        expect(seen).toEqual([]);
        await test.up();

        const size = GIB + 32 * MIB;
        expect(seen.toSorted()).toEqual([size, "differencing", "dynamic", "string"].toSorted());
        expect(test.readOutputs()).toEqual({ size, complete: true });
      },
    );
  });

  describe("an update that fails half way", () => {
    itThrough("pulumi-vhd/native", "records what was done, and goes on from there", async () => {
      const declareFixed = (path: string, sizeBytes: number) => (): Promise<void> => {
        new vhd.VirtualDisk("disk", { path: folder(path), sizeBytes, type: "fixed" });
        return Promise.resolve();
      };
      const test = await createStack(folder("partial"), declareFixed("partial-a.vhdx", 16 * MIB));
      await test.up();

      // The move succeeds; no volume of a test machine has room for the new size.
      test.setProgram(declareFixed("partial-b.vhdx", 60 * 1024 * GIB));
      await expect(test.up()).rejects.toThrow(
        /\[PartialCreate\].*\[IoFailed\].*not have enough free space/,
      );
      const { disk } = test.readState();
      expect(disk?.outputs).toMatchObject({ path: folder("partial-b.vhdx"), sizeBytes: 16 * MIB });
      test.setProgram(declareFixed("partial-b.vhdx", 32 * MIB));
      expect(await test.up()).toEqual(["update disk"]);

      expect((await getVirtualDisk({ path: folder("partial-b.vhdx") })).sizeBytes).toBe(32 * MIB);
      expect(await test.destroy()).toEqual(["delete disk"]);
      expect(readdirSync(folder()).filter((name) => name.startsWith("partial-"))).toEqual([]);
    });
  });

  describe("many disks", () => {
    itThrough(
      "pulumi-vhd",
      "many children of one parent are made and deleted at once",
      async () => {
        const test = await createStack(folder("many"), () => {
          const base = new vhd.VirtualDisk("base", {
            path: folder("many-base.vhdx"),
            sizeBytes: GIB,
          });
          for (let index = 0; index < CHILD_COUNT; index += 1) {
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

        expect(made.filter((step) => step.startsWith("create"))).toHaveLength(CHILD_COUNT + 1);
        expect(files).toHaveLength(CHILD_COUNT + 1);
        expect(deleted.at(-1)).toBe("delete base");
        expect(readdirSync(folder()).filter((name) => name.startsWith("many-"))).toEqual([]);
      },
    );

    itThrough(
      "pulumi-vhd/native",
      "of several places are configured apart, each by its own Provider, which deletes know without the program",
      async () => {
        mkdirSync(folder("golden"));
        mkdirSync(folder("jobs"));
        const basePath = folder("golden", "base.vhdx");
        const test = await createStack(folder("places"), () => {
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

        await test.up();
        const job = await backend.createDisk({
          type: "differencing",
          format: "vhdx",
          path: folder("jobs", "job.vhdx"),
          parentPath: basePath,
        });
        await expect(test.destroy()).rejects.toThrow(/\[HasChildren\].*job\.vhdx/);
        await backend.deleteDisk(job);
        await test.destroy();

        expect(existsSync(basePath)).toBe(false);
      },
    );
  });
});

// The engine itself checks the configuration of a plugin, and names provider and key its own way:
// test/protocol/plugin/provider.test.ts.
describe("the configuration of a stack (pulumi-vhd)", () => {
  const folder = useTempFolder();

  it("is refused with the key of a value that is wrong", async () => {
    const test = await createTestStack(
      folder("config"),
      () => {
        new VirtualDisk("base", { path: folder("config-base.vhdx"), sizeBytes: GIB });
        return Promise.resolve();
      },
      { "vhd:backend": "vmware" },
    );

    await expect(test.preview()).rejects.toThrow(
      /\[InvalidInput\].*must be "embedded" or "hyperv": vhd:backend/,
    );
  });
});
