import type { CimSession } from "../../../provider/hyperv/cim/cim-session";
import { SimulatedHost } from "./host";
import type { SimulatedHostOptions } from "./options";

export type { SimulatedHost } from "./host";
export type { HostLanguage, SimulatedFault, SimulatedHostOptions } from "./options";

/** Opens a simulated host; the same one for the same folder, in whatever process. */
export function createSimulatedHost(options: SimulatedHostOptions): SimulatedHost {
  return new SimulatedHost(options);
}

/** What a fake PowerShell asks for: a session with the host that its options describe. */
export function openSession(options: unknown): CimSession {
  return createSimulatedHost(options as SimulatedHostOptions).session();
}
