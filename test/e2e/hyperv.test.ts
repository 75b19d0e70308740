import { existsSync, renameSync } from "node:fs";
import type { DifferencingDiskArgs, ReferencePointDisk } from "pulumi-vhd";
import {
  type FakePowerShell,
  writeFakePowerShell,
} from "../support/fake-powershell/write-fake-powershell";
import { describeOnPosix } from "../support/fake-powershell/use-fake-sessions";
import { DOORS } from "../support/doors";
import { type TestStack, createTestStack } from "../support/pulumi-stack";
import { type SimulatedHost, createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const BASE = String.raw`C:\golden\base.vhdx`;
const CHILD = String.raw`C:\disks\child.vhdx`;

jest.setTimeout(180_000);

/** The first disk of the reference point that a stack has as its output. */
async function readPoint({ stack }: TestStack): Promise<ReferencePointDisk | undefined> {
  const disks: unknown = (await stack.outputs())["disks"]?.value;
  return (disks as ReferencePointDisk[] | undefined)?.[0];
}

describeOnPosix("vhd:backend hyperv", () => {
  describe.each(DOORS)("through the real engine ($name)", ({ vhd, createStack }) => {
    const folder = useTempFolder();

    /** A simulated host behind a fake PowerShell, with the folders that the tests use. */
    function makeHost(name: string): { host: SimulatedHost; powershell: FakePowerShell } {
      const options = { folder: folder(`${name}-host`), language: "fr" } as const;
      const host = createSimulatedHost(options);
      host.makeFolder(String.raw`C:\golden`);
      host.makeFolder(String.raw`C:\disks`);
      const modulePath = require.resolve("../support/simulated-host");
      return {
        host,
        powershell: writeFakePowerShell(folder(`${name}-powershell`), {
          host: { modulePath, options },
        }),
      };
    }

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

    it("makes, finds unchanged, refreshes, grows, moves and destroys the disks of a host", async () => {
      const { host, powershell } = makeHost("life");
      const config = { "vhd:backend": "hyperv", "vhd:executable": powershell.executable };
      const test = await createStack(folder("life"), declare(), config);

      expect(await test.preview()).toEqual(["create base", "create child"]);
      expect(await test.up()).toEqual(["create base", "create child"]);
      expect(await test.up({ expectNoChanges: true })).toEqual(["same base", "same child"]);
      expect(await test.refresh({ expectNoChanges: true })).toEqual([
        "refresh base",
        "refresh child",
      ]);
      expect((await test.stack.outputs())["chain"]?.value).toEqual([CHILD, BASE]);
      test.setProgram(declare({ sizeBytes: 2 * GIB, path: String.raw`C:\disks\moved.vhdx` }));
      expect(await test.up()).toEqual(["same base", "update child"]);
      expect((await test.stack.outputs())["size"]?.value).toBe(2 * GIB);
      expect(existsSync(host.toLocal(String.raw`C:\disks\moved.vhdx`))).toBe(true);
      expect(await test.destroy()).toEqual(["delete child", "delete base"]);
      expect(existsSync(host.toLocal(BASE))).toBe(false);
    });

    it("replaces a disk for another parent, and follows the same parent to another place", async () => {
      const { host, powershell } = makeHost("parents");
      const config = { "vhd:backend": "hyperv", "vhd:executable": powershell.executable };
      const version2 = String.raw`C:\golden\v2.vhdx`;
      const declareWith =
        (parentPath: string): (() => Promise<void>) =>
        () => {
          new vhd.VirtualDisk("v2", { path: version2, sizeBytes: GIB });
          new vhd.DifferencingDisk("child", { path: CHILD, parentPath });
          return Promise.resolve();
        };
      const golden = await createStack(
        folder("parents-golden"),
        () => {
          new vhd.VirtualDisk("base", { path: BASE, sizeBytes: GIB });
          return Promise.resolve();
        },
        config,
      );
      await golden.up();
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
      expect((await test.readState())["child"]?.outputs).toMatchObject({ parentPath: version2 });
    });

    it("says what the host says, in the reader's terms, and keeps what it cannot reach in the state", async () => {
      const { host, powershell } = makeHost("busy");
      const config = { "vhd:backend": "hyperv", "vhd:executable": powershell.executable };
      const test = await createStack(folder("busy"), declare(), config);
      await test.up();

      host.attach(CHILD);
      await expect(test.destroy()).rejects.toThrow(/\[InUse\].*child\.vhdx/);
      host.release(CHILD);
      renameSync(powershell.executable, folder("away"));
      await expect(test.refresh()).rejects.toThrow(/\[HostUnreachable\]/);

      expect(Object.keys(await test.readState()).toSorted()).toEqual(["base", "child"]);
      renameSync(folder("away"), powershell.executable);
      expect(await test.destroy()).toEqual(["delete child", "delete base"]);
    });

    it("manages several hosts in one program, each through its own Provider, and destroys without the program", async () => {
      const hosts = [makeHost("one"), makeHost("two")];
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
    });

    it("backs a machine up incrementally, declared from start to end", async () => {
      const { host, powershell } = makeHost("backup");
      const config = { "vhd:backend": "hyperv", "vhd:executable": powershell.executable };
      const disks = await createStack(folder("backup-disks"), declare(), config);
      await disks.up();
      host.makeMachine({ id: "0092eae7-9384-4e95-8102-030405060708", name: "web", disks: [CHILD] });
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
            vhd.getVirtualDiskChangesOutput({ path: CHILD, ...since }, { dependsOn: point }).ranges;
          return Promise.resolve({
            disks: point.disks,
            changes: state.limitId === undefined ? [] : ask(),
          });
        },
        config,
      );

      await test.up();
      const monday = await readPoint(test);
      await host.writeContent(CHILD, 5 * MIB, new Uint8Array(4096).fill(1));
      Object.assign(state, { day: "tuesday", limitId: monday?.limitId });
      expect(await test.up()).toEqual([
        "create-replacement point",
        "replace point",
        "delete-replaced point",
      ]);

      expect(monday?.path).toBe(CHILD);
      expect((await readPoint(test))?.limitId).not.toBe(monday?.limitId);
      expect((await test.stack.outputs())["changes"]?.value).toEqual([
        { offsetBytes: 5 * MIB, lengthBytes: 4096 },
      ]);
      expect(await test.destroy()).toEqual(["delete point"]);
    });
  });
});
