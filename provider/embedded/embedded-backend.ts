import type { DiskBackend } from "../disk/backend";
import { type GuardOptions, createGuardedBackend } from "../guard/guarded-backend";
import type { DiskFilesOptions } from "./disk-files";
import { createEmbeddedHost } from "./embedded-host";

/** What can be set about the embedded backend. */
export interface EmbeddedBackendOptions extends GuardOptions, DiskFilesOptions {}

/** Makes the backend that works on plain files of this machine with this package's own engine. */
export function createEmbeddedBackend(options: EmbeddedBackendOptions = {}): DiskBackend {
  return createGuardedBackend(createEmbeddedHost(options), options);
}
