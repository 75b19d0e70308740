import { existsSync } from "node:fs";
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

/** One resource of each type, through one of the doors, with a provider of its own. */
function declare({ vhd }: Door, executable: string) {
  return (): Promise<Record<string, unknown>> => {
    const options = { provider: new vhd.Provider("place", { backend: "hyperv", executable }) };
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
  it("moves over and back with a provider of its own, which alone is another resource then", async () => {
    const { host, executable } = makeHost("provider");
    const test = await createTestStack(
      folder("provider"),
      declare(dynamicDoor, executable),
      undefined,
      { usesPlugin: true },
    );
    await test.up();

    test.setProgram(declare(nativeDoor, executable));
    const moved = await test.up();
    const refreshed = await test.refresh({ expectNoChanges: true });
    test.setProgram(declare(dynamicDoor, executable));
    const movedBack = await test.up();
    await test.destroy();

    expect([moved, movedBack].map((steps) => steps.toSorted())).toEqual([SAME, SAME]);
    expect(refreshed).toEqual(["refresh base", "refresh child", "refresh point"]);
    expect(existsSync(host.toLocal(CHILD))).toBe(false);
  });
});
