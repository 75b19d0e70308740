import type { DiskBackend } from "../disk/backend";
import { type GuardOptions, createGuardedBackend } from "../guard/guarded-backend";
import { createEmbeddedHost } from "./embedded-host";

/** What can be set about the embedded backend. */
export type EmbeddedBackendOptions = GuardOptions;

/** Makes the backend that works on plain files of this machine with this package's own engine. */
export function createEmbeddedBackend(options: EmbeddedBackendOptions = {}): DiskBackend {
  return createGuardedBackend(createEmbeddedHost(), options);
}
