import type { DiskBackend } from "../disk/backend";
import { type GuardOptions, createGuardedBackend } from "../guard/guarded-backend";
import type { CimSession } from "./cim/cim-session";
import { HypervHost, type HypervHostOptions } from "./disks/hyperv-host";
import { type JobHostOptions, createJobHost } from "./service/job-host";

/** What can be set about the Hyper-V backend. Everything has a default. */
export type HypervBackendOptions = JobHostOptions & HypervHostOptions & GuardOptions;

/**
 * Makes the backend that has a Hyper-V host do the work. Nothing is sent before the first method is
 * called.
 *
 * @param session is owned by the backend from here on and closed with it
 */
export function createHypervBackend(
  session: CimSession,
  options: HypervBackendOptions = {},
): DiskBackend {
  return createGuardedBackend(new HypervHost(createJobHost(session, options), options), options);
}
