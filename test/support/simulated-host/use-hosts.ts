import type { DiskBackend } from "../../../provider/disk/backend";
import type { VirtualDiskInfo } from "../../../provider/disk/disk";
import {
  type HypervBackendOptions,
  createHypervBackend,
} from "../../../provider/hyperv/hyperv-backend";
import { InstantClock } from "../instant-clock";
import { useTempFolder } from "../temp-folder";
import { type SimulatedHost, type SimulatedHostOptions, createSimulatedHost } from "./index";

/** A host of a test's own, the backend on it, and short names for what tests do again and again. */
export interface TestHost {
  readonly host: SimulatedHost;
  readonly backend: DiskBackend;
  readonly clock: InstantClock;
  /** Makes a dynamic disk of 16 MiB; its format is told by its name. */
  makeBase(path?: string): Promise<VirtualDiskInfo>;
  makeChild(path: string, parentPath: string): Promise<VirtualDiskInfo>;
}

/** Makes hosts that have the folder `C:\disks`. Call it at the top of a test file. */
export function useHosts(): (
  options?: Partial<SimulatedHostOptions>,
  backendOptions?: HypervBackendOptions,
) => TestHost {
  const inTemp = useTempFolder();
  let count = 0;
  return (options = {}, backendOptions = {}) => {
    count += 1;
    const host = createSimulatedHost({ folder: inTemp(`host${count}`), ...options });
    host.makeFolder("C:\\disks");
    const clock = new InstantClock();
    const backend = createHypervBackend(host.session(), { clock, ...backendOptions });
    return {
      host,
      backend,
      clock,
      makeBase: (path = "C:\\disks\\base.vhdx") =>
        backend.createDisk({
          type: "dynamic",
          format: formatOf(path),
          path,
          sizeBytes: 16 * 1024 ** 2,
        }),
      makeChild: (path, parentPath) =>
        backend.createDisk({ type: "differencing", format: formatOf(path), path, parentPath }),
    };
  };
}

function formatOf(path: string): "vhd" | "vhdx" {
  return path.toLowerCase().endsWith("x") ? "vhdx" : "vhd";
}
