import { existsSync, renameSync } from "node:fs";
import type { DifferencingDiskArgs, ReferencePointDisk } from "pulumi-vhd";
import type { DiskBackend } from "../../provider/disk/backend";
import { createHypervBackend } from "../../provider/hyperv/hyperv-backend";
import {
  type FakePowerShell,
  writeFakePowerShell,
} from "../support/fake-powershell/write-fake-powershell";
import { describeOnPosix } from "../support/fake-powershell/use-fake-sessions";
import { type Door, DOORS } from "../support/doors";
import { type TestStack, createTestStack } from "../support/pulumi-stack";
import { type SimulatedHost, createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const BASE = String.raw`C:\golden\base.vhdx`;
const CHILD = String.raw`C:\disks\child.vhdx`;

jest.setTimeout(180_000);

/** The first disk of the reference point that a stack has as its output. */
function readPoint(test: TestStack): ReferencePointDisk | undefined {
  return (test.readOutputs()["disks"] as ReferencePointDisk[] | undefined)?.[0];
}

/** Makes a base on a host, as somebody else than the stack. */
async function makeBase(host: SimulatedHost): Promise<DiskBackend> {
  const backend = createHypervBackend(host.session());
  await backend.createDisk({ type: "dynamic", format: "vhdx", path: BASE, sizeBytes: GIB });
  return backend;
}

/**
 * A simulated host behind a fake PowerShell, with the folders that the tests use, and the
 * configuration of a stack for it.
 *
 * @param folder builds paths for the files of the test
 */
function makeHost(
  folder: (...names: string[]) => string,
  name: string,
): {
  host: SimulatedHost;
  powershell: FakePowerShell;
  config: Record<string, string>;
} {
  const options = { folder: folder(`${name}-host`), language: "fr" } as const;
  const host = createSimulatedHost(options);
  host.makeFolder(String.raw`C:\golden`);
  host.makeFolder(String.raw`C:\disks`);
  const modulePath = require.resolve("../support/simulated-host");
  const powershell = writeFakePowerShell(folder(`${name}-powershell`), {
    host: { modulePath, options },
  });
  const config = { "vhd:backend": "hyperv", "vhd:executable": powershell.executable };
  return { host, powershell, config };
}

describeOnPosix("vhd:backend hyperv", () => {
  describe.each(DOORS)("through the real engine ($name)", ({ vhd, createStack, itThrough }) => {
    const folder = useTempFolder();

    function declare(
      child: Partial<DifferencingDiskArgs> = {},
    ): () => Promise<Record<string, unknown>> {
      return () => {
        const base = new vhd.VirtualDisk("base", { path: BASE, sizeBytes: GIB });
        const disk = new vhd.DifferencingDisk("child", {
          path: CHILD,
          parentPath: base.path,
          ...child,
        });
        const chain = vhd.getVirtualDiskChainOutput({ path: disk.path });
        return Promise.resolve({
          size: disk.sizeBytes,
          chain: chain.disks.apply((disks) => disks.map(({ path }) => path)),
        });
      };
    }

    it("makes, finds unchanged, refreshes, grows, moves and destroys the disks of a host, and says what the host says", async () => {
      const { host, powershell, config } = makeHost(folder, "life");
      const test = await createStack(folder("life"), declare(), config);

      expect(await test.preview()).toEqual(["create base", "create child"]);
      expect(await test.up()).toEqual(["create base", "create child"]);
      expect(await test.up({ expectNoChanges: true })).toEqual(["same base", "same child"]);
      expect(await test.refresh({ expectNoChanges: true })).toEqual([
        "refresh base",
        "refresh child",
      ]);
      expect(test.readOutputs()["chain"]).toEqual([CHILD, BASE]);
      const moved = String.raw`C:\disks\moved.vhdx`;
      test.setProgram(declare({ sizeBytes: 2 * GIB, path: moved }));
      expect(await test.up()).toEqual(["same base", "update child"]);
      expect(test.readOutputs()["size"]).toBe(2 * GIB);
      expect(existsSync(host.toLocal(moved))).toBe(true);

      // In the reader's terms; and what cannot be reached stays in the state.
      host.attach(moved);
      await expect(test.destroy()).rejects.toThrow(/\[InUse\].*moved\.vhdx/);
      host.release(moved);
      renameSync(powershell.executable, folder("away"));
      await expect(test.refresh()).rejects.toThrow(/\[HostUnreachable\]/);
      expect(Object.keys(test.readState()).toSorted()).toEqual(["base", "child"]);
      renameSync(folder("away"), powershell.executable);
      expect(await test.destroy()).toEqual(["delete child", "delete base"]);
      expect(existsSync(host.toLocal(BASE))).toBe(false);
    });

    itThrough(
      "pulumi-vhd",
      "manages several hosts in one program, each through its own Provider, and destroys without the program",
      async () => {
        const hosts = [makeHost(folder, "one"), makeHost(folder, "two")];
        // A process for each provider, as Pulumi starts them.
        const test = await createTestStack(folder("several"), () => {
          for (const [index, { powershell }] of hosts.entries()) {
            const { executable } = powershell;
            const provider = new vhd.Provider(`host-${index}`, { backend: "hyperv", executable });
            const base = new vhd.VirtualDisk(
              `base-${index}`,
              { path: BASE, sizeBytes: (index + 1) * GIB },
              { provider },
            );
            vhd.getVirtualDiskOutput({ path: base.path }, { provider }).apply(({ sizeBytes }) => {
              expect(sizeBytes).toBe((index + 1) * GIB);
            });
          }
          return Promise.resolve();
        });

        await test.up();
        expect(hosts.map(({ host }) => existsSync(host.toLocal(BASE)))).toEqual([true, true]);
        await test.destroy();

        expect(hosts.map(({ host }) => existsSync(host.toLocal(BASE)))).toEqual([false, false]);
      },
    );

    itThrough(
      "pulumi-vhd/native",
      "backs a machine up incrementally, declared from start to end",
      async () => {
        const { host, config } = makeHost(folder, "backup");
        const backend = await makeBase(host);
        await backend.createDisk({
          type: "differencing",
          format: "vhdx",
          path: CHILD,
          parentPath: BASE,
        });
        host.makeMachine({
          id: "0092eae7-9384-4e95-8102-030405060708",
          name: "web",
          disks: [CHILD],
        });
        const state: { day: string; limitId?: string } = { day: "monday" };
        const test = await createStack(
          folder("backup"),
          () => {
            const point = new vhd.ReferencePoint("point", {
              machineName: "web",
              triggers: [state.day],
            });
            const since = state.limitId === undefined ? {} : { limitId: state.limitId };
            const ask = (): unknown =>
              vhd.getVirtualDiskChangesOutput({ path: CHILD, ...since }, { dependsOn: point })
                .ranges;
            return Promise.resolve({
              disks: point.disks,
              changes: state.limitId === undefined ? [] : ask(),
            });
          },
          config,
        );

        await test.up();
        const monday = readPoint(test);
        await host.writeContent(CHILD, 5 * MIB, new Uint8Array(4096).fill(1));
        Object.assign(state, { day: "tuesday", limitId: monday?.limitId });
        expect(await test.up()).toEqual([
          "create-replacement point",
          "replace point",
          "delete-replaced point",
        ]);

        expect(monday?.path).toBe(CHILD);
        expect(readPoint(test)?.limitId).not.toBe(monday?.limitId);
        expect(test.readOutputs()["changes"]).toEqual([
          { offsetBytes: 5 * MIB, lengthBytes: 4096 },
        ]);
        expect(await test.destroy()).toEqual(["delete point"]);
      },
    );
  });

  // Through the other door, with disks of this machine: test/e2e/lifecycle.test.ts.
  describe("another parent (pulumi-vhd/native)", () => {
    const folder = useTempFolder();
    const [, { vhd, createStack }] = DOORS as readonly [Door, Door];

    it("replaces a disk for another parent, and follows the same parent to another place", async () => {
      const { host, config } = makeHost(folder, "parents");
      const version2 = String.raw`C:\golden\v2.vhdx`;
      const declareWith =
        (parentPath: string): (() => Promise<void>) =>
        () => {
          new vhd.VirtualDisk("v2", { path: version2, sizeBytes: GIB });
          new vhd.DifferencingDisk("child", { path: CHILD, parentPath });
          return Promise.resolve();
        };
      await makeBase(host);
      const test = await createStack(folder("parents"), declareWith(BASE), config);
      await test.up();

      const moved = String.raw`C:\golden\moved.vhdx`;
      renameSync(host.toLocal(BASE), host.toLocal(moved));
      test.setProgram(declareWith(moved));
      expect(await test.up()).toContain("update child");
      test.setProgram(declareWith(version2));
      expect(await test.up()).toEqual(
        expect.arrayContaining(["delete-replaced child", "create-replacement child"]),
      );
      expect(test.readState()["child"]?.outputs).toMatchObject({ parentPath: version2 });
    });
  });
});
