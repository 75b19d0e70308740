import type { DiskBackend } from "../../provider/disk/backend";
import type { VirtualDiskInfo } from "../../provider/disk/disk";
import { createHypervBackend } from "../../provider/hyperv/hyperv-backend";
import type { FakePowerShell } from "../support/fake-powershell/write-fake-powershell";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";
import { InstantClock } from "../support/instant-clock";
import { createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const BASE = "C:\\disks\\base.vhdx";

describeOnPosix("how often a host is asked", () => {
  const inTemp = useTempFolder();
  const openSession = useFakeSessions();
  let backend: DiskBackend;
  let fake: FakePowerShell;

  beforeAll(async () => {
    const options = { folder: inTemp("host") };
    createSimulatedHost(options).makeFolder("C:\\disks");
    const opened = openSession({
      host: { modulePath: require.resolve("../support/simulated-host"), options },
    });
    backend = createHypervBackend(opened.session, { clock: new InstantClock() });
    fake = opened.fake;
    await backend.createDisk({
      type: "dynamic",
      format: "vhdx",
      path: BASE,
      sizeBytes: 16 * 1024 ** 2,
    });
  });

  /** What some work costs. */
  async function measure(
    work: () => Promise<unknown>,
  ): Promise<{ lines: number; requests: number }> {
    const before = { lines: fake.countLines(), requests: countRequests(fake) };
    await work();
    return {
      lines: fake.countLines() - before.lines,
      requests: countRequests(fake) - before.requests,
    };
  }

  function makeChild(index: number): Promise<VirtualDiskInfo> {
    const path = `C:\\disks\\child${index}.vhdx`;
    return backend.createDisk({ type: "differencing", format: "vhdx", path, parentPath: BASE });
  }

  it("is 8 times for a new child, two of them to look how far the job is", async () => {
    const cost = await measure(() => makeChild(0));

    expect(cost.requests).toBeLessThanOrEqual(8);
  });

  it("grows no faster than the number of children", async () => {
    const cost = await measure(() =>
      Promise.all(Array.from({ length: 50 }, (_, index) => makeChild(index + 1))),
    );

    expect(cost.requests).toBeLessThanOrEqual(50 * 8 + 10);
  });

  it("is a few lines for all disks of a refresh", async () => {
    const paths = Array.from({ length: 51 }, (_, index) => `C:\\disks\\child${index}.vhdx`);

    const cost = await measure(() => Promise.all(paths.map((path) => backend.inspectDisk(path))));

    expect(cost.lines).toBeLessThanOrEqual(8);
  });

  it("takes one PowerShell for everything", () => {
    expect(fake.countStarts()).toBe(1);
  });
});

function countRequests(fake: FakePowerShell): number {
  return fake
    .readEvents()
    .reduce((count, event) => count + (event.event === "line" ? event.requests.length : 0), 0);
}
