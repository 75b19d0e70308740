import type { DiskBackend } from "../../../provider/disk/backend";
import type { ReferencePointService } from "../../../provider/disk/reference-point";
import { createHypervBackend } from "../../../provider/hyperv/hyperv-backend";
import { createReferencePointService } from "../../../provider/hyperv/machines/reference-points";
import { InstantClock } from "../instant-clock";
import { useTempFolder } from "../temp-folder";
import { type SimulatedHost, type SimulatedHostOptions, createSimulatedHost } from "./index";

/** The machine of every host that {@link useMachines} makes. */
export const MACHINE = { id: "4C4C4544-0035-4D10-8030-B1C04F4A3232", name: "mail's server" };

/** A host of a test's own with one machine that has two disks, and what is asked of it. */
export interface TestMachine {
  readonly host: SimulatedHost;
  readonly points: ReferencePointService;
  readonly backend: DiskBackend;
  readonly disks: readonly string[];
}

/** Makes hosts with a machine. Call it at the top of a test file. */
export function useMachines(): (options?: Partial<SimulatedHostOptions>) => Promise<TestMachine> {
  const inTemp = useTempFolder();
  let count = 0;
  return async (options = {}) => {
    count += 1;
    const host = createSimulatedHost({
      folder: inTemp(`host${count}`),
      language: "fr",
      ...options,
    });
    const clock = new InstantClock();
    const backend = createHypervBackend(host.session(), { clock });
    const disks = ["C:\\system.vhdx", "C:\\data.vhdx"];
    for (const path of disks) {
      await backend.createDisk({
        type: "dynamic",
        format: "vhdx",
        path,
        sizeBytes: 16 * 1024 ** 2,
      });
    }
    host.makeMachine({ ...MACHINE, disks });
    return { host, backend, points: createReferencePointService(host.session(), { clock }), disks };
  };
}
