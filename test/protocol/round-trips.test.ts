import { writeFileSync } from "node:fs";
import type { DiskBackend } from "../../provider/disk/backend";
import type { VirtualDiskInfo } from "../../provider/disk/disk";
import { createHypervBackend } from "../../provider/hyperv/hyperv-backend";
import type { FakePowerShell } from "../support/fake-powershell/write-fake-powershell";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";
import { InstantClock } from "../support/instant-clock";
import { type SimulatedHost, createSimulatedHost } from "../support/simulated-host";
import { useTempFolder } from "../support/temp-folder";

const BASE = "C:\\disks\\base.vhdx";

describeOnPosix("how often a host is asked", () => {
  const inTemp = useTempFolder();
  const openSession = useFakeSessions();
  let backend: DiskBackend;
  let fake: FakePowerShell;
  let host: SimulatedHost;

  beforeAll(async () => {
    const options = { folder: inTemp("host") };
    host = createSimulatedHost(options);
    host.makeFolder("C:\\disks");
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

  function inspect(index: number): Promise<VirtualDiskInfo> {
    return backend.inspectDisk(`C:\\disks\\child${index}.vhdx`);
  }

  it("is 8 times for a new child, two of them to look how far the job is", async () => {
    const cost = await measure(() => makeChild(0));

    expect(cost.requests).toBeLessThanOrEqual(8);
  });

  it("is about 5 times for each of a hundred new children", async () => {
    const cost = await measure(() =>
      Promise.all(Array.from({ length: 100 }, (_, index) => makeChild(index + 1))),
    );

    expect(cost.requests).toBeLessThanOrEqual(100 * 5 + 10);
  });

  describe("in a folder of 250 disks and 500 other files", () => {
    const paths = Array.from({ length: 250 }, (_, index) => `C:\\disks\\child${index}.vhdx`);

    beforeAll(() => {
      for (const path of paths.slice(101)) {
        host.copy("C:\\disks\\child0.vhdx", path);
      }
      for (let index = 0; index < 500; index += 1) {
        writeFileSync(host.toLocal(`C:\\disks\\${index}.txt`), "");
      }
    });

    it("is five times for each disk of a refresh, in 4 lines for all", async () => {
      const cost = await measure(() => Promise.all(paths.map((path) => backend.inspectDisk(path))));

      expect(cost.requests).toBeLessThanOrEqual(paths.length * 5);
      expect(cost.lines).toBeLessThanOrEqual(4);
    });

    it("is once for each disk of the folder when the first is deleted, and 12 times for each of the next", async () => {
      const [first, second] = [await inspect(1), await inspect(2)];

      const costOfFirst = await measure(() => backend.deleteDisk(first));
      const costOfSecond = await measure(() => backend.deleteDisk(second));

      expect(costOfFirst.requests).toBeLessThanOrEqual(paths.length + 1 + 12);
      expect(costOfFirst.lines).toBeLessThanOrEqual(12);
      expect(costOfSecond.requests).toBeLessThanOrEqual(12);
    });

    it("is fewer than 8 times for each of those that are deleted together", async () => {
      const disks = await Promise.all(Array.from({ length: 40 }, (_, index) => inspect(index + 3)));

      const cost = await measure(() => Promise.all(disks.map((disk) => backend.deleteDisk(disk))));

      expect(cost.requests).toBeLessThan(40 * 8);
    });
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
