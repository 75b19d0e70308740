import { existsSync } from "node:fs";
import type { ProviderResource } from "@pulumi/pulumi";
import { type Door, DOORS } from "../support/doors";
import { describeOnPosix } from "../support/fake-powershell/use-fake-sessions";
import { writeFakePowerShell } from "../support/fake-powershell/write-fake-powershell";
import { createTestStack } from "../support/pulumi-stack";
import { type SimulatedHost, createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const GIB = 1024 ** 3;
const CHILD = String.raw`C:\disks\child.vhdx`;
const [dynamicDoor, nativeDoor] = DOORS as readonly [Door, Door];
const SAME = ["same base", "same child", "same point"];
const folder = useTempFolder();

jest.setTimeout(240_000);

/** A simulated host with a machine, and the program to start in place of its PowerShell. */
function makeHost(name: string): { host: SimulatedHost; executable: string } {
  const options = { folder: folder(`${name}-host`), language: "en" } as const;
  const host = createSimulatedHost(options);
  host.makeFolder(String.raw`C:\disks`);
  host.makeMachine({ id: "0092eae7-9384-4e95-8102-030405060708", name: "web", disks: [] });
  const modulePath = require.resolve("../support/simulated-host");
  return {
    host,
    executable: writeFakePowerShell(folder(`${name}-powershell`), { host: { modulePath, options } })
      .executable,
  };
}

/** One resource of each type, through one of the doors. */
function declare({ vhd }: Door, makeProvider?: () => ProviderResource) {
  return (): Promise<Record<string, unknown>> => {
    const options = makeProvider === undefined ? {} : { provider: makeProvider() };
    const base = new vhd.VirtualDisk(
      "base",
      { path: String.raw`C:\disks\base.vhdx`, sizeBytes: GIB },
      options,
    );
    const child = new vhd.DifferencingDisk(
      "child",
      { path: CHILD, parentPath: base.path, sizeBytes: 2 * GIB },
      options,
    );
    const point = new vhd.ReferencePoint("point", { machineName: "web" }, options);
    return Promise.resolve({ size: child.sizeBytes, point: point.pointId });
  };
}

describeOnPosix("a stack of a Hyper-V host", () => {
  it("moves over to the plugin and back, with every resource unchanged", async () => {
    const { host, executable } = makeHost("stack");
    const config = { "vhd:backend": "hyperv", "vhd:executable": executable };
    const test = await createTestStack(folder("stack"), declare(dynamicDoor), config, {
      usesPlugin: true,
    });
    await test.up();

    test.setProgram(declare(nativeDoor));
    const previewed = await test.preview();
    const moved = await test.up();
    const refreshed = await test.refresh({ expectNoChanges: true });
    test.setProgram(declare(dynamicDoor));
    const movedBack = await test.up();
    await test.destroy();

    expect([previewed, moved, movedBack].map((steps) => steps.toSorted())).toEqual([
      SAME,
      SAME,
      SAME,
    ]);
    expect(refreshed).toEqual(["refresh base", "refresh child", "refresh point"]);
    expect(existsSync(host.toLocal(CHILD))).toBe(false);
  });

  it("moves over and back with a provider of its own, which alone is another resource then", async () => {
    const { host, executable } = makeHost("provider");
    const declareThrough = (door: Door) =>
      declare(door, () => new door.vhd.Provider("place", { backend: "hyperv", executable }));
    const test = await createTestStack(folder("provider"), declareThrough(dynamicDoor), undefined, {
      usesPlugin: true,
    });
    await test.up();

    test.setProgram(declareThrough(nativeDoor));
    const moved = await test.up();
    test.setProgram(declareThrough(dynamicDoor));
    const movedBack = await test.up();
    await test.destroy();

    expect([moved, movedBack].map((steps) => steps.toSorted())).toEqual([SAME, SAME]);
    expect(existsSync(host.toLocal(CHILD))).toBe(false);
  });
});
