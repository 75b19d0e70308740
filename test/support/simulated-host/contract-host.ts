import type { DiskBackend } from "../../../provider/disk/backend";
import type { ContractHost } from "../../contract/contract-host";
import type { SimulatedHost } from "./host";

/**
 * A simulated host as the contract of `DiskBackend` wants it.
 *
 * @param backend that reaches the host, whichever way
 */
export function toContractHost(host: SimulatedHost, backend: DiskBackend): ContractHost {
  return {
    backend,
    path: (...names) => ["C:", "contract", ...names].join("\\"),
    toLocal: (path) => host.toLocal(path),
    makeFolder: (path) => host.makeFolder(path),
    writeContent: (path, offsetBytes, bytes) => host.writeContent(path, offsetBytes, bytes),
    hold: (path) => {
      host.attach(path);
      return Promise.resolve(async () => host.release(path));
    },
    takeBaseline: (path) => {
      const tracking = host.tracking(path);
      tracking.enable();
      return Promise.resolve({ kind: "limitId", limitId: tracking.takeId() });
    },
    strangeBaseline: { kind: "limitId", limitId: "not an id of this host" },
  };
}
