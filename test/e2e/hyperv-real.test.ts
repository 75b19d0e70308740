import { existsSync } from "node:fs";
import * as vhd from "pulumi-vhd";
import { createTestStack } from "../support/pulumi-stack";
import { clearRealHost, findRealHost } from "../support/real-host";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const real = findRealHost();
const folder = useTempFolder();

jest.setTimeout(300_000);

if (real === undefined) {
  process.stderr.write("skipped: vhd:backend hyperv on a real host (VHD_TEST_HOST names none)\n");
  describe.skip("vhd:backend hyperv on a real host", () => {
    it.todo("needs VHD_TEST_HOST");
  });
} else {
  afterAll(() => clearRealHost(real));

  describe(`vhd:backend hyperv on a real host: ${real.name} over ${real.transport.kind}`, () => {
    it("makes, finds unchanged, moves and destroys disks", async () => {
      const [base, child, moved] = ["base", "child", "moved"].map((name) =>
        real.path(`${name}.vhdx`),
      ) as [string, string, string];
      const declare = (path: string) => () => {
        const parent = new vhd.VirtualDisk("base", { path: base, sizeBytes: 64 * MIB });
        new vhd.DifferencingDisk("child", { path, parentPath: parent.path });
        return Promise.resolve();
      };
      const test = await createTestStack(folder("real"), declare(child), { ...real.config });

      expect(await test.up()).toEqual(["create base", "create child"]);
      expect(await test.up({ expectNoChanges: true })).toEqual(["same base", "same child"]);
      expect(await test.refresh({ expectNoChanges: true })).toEqual([
        "refresh base",
        "refresh child",
      ]);
      test.setProgram(declare(moved));
      expect(await test.up()).toEqual(["same base", "update child"]);
      expect(existsSync(real.toLocal(moved))).toBe(true);
      expect(await test.destroy()).toEqual(["delete child", "delete base"]);
      expect(existsSync(real.toLocal(base))).toBe(false);
    });
  });
}
