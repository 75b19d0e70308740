import { createHash } from "node:crypto";
import { fileNameOf } from "../disk/host-path";

/** What file systems allow for a name. */
const MAX_NAME_LENGTH_BYTES = 255;

/**
 * The files that this package keeps beside a disk, each hidden and named after it:
 *
 * - `partial`: a disk that is being made; see atomic-create.ts
 * - `deleted`: a disk that is being deleted; see remove-file.ts
 * - `trace`: what is remembered about the disk; see trace-file.ts
 */
export type SidecarKind = "partial" | "deleted" | "trace";

const SIDECAR_NAME = /^\..+\.vhd-(?:partial|deleted|trace)$/;

/**
 * The path of a file that belongs to a disk. A name that would be too long is replaced by its
 * digest.
 */
export function sidecarPath(path: string, kind: SidecarKind): string {
  const name = fileNameOf(path);
  const folder = path.slice(0, path.length - name.length);
  const full = `.${name}.vhd-${kind}`;
  if (Buffer.byteLength(full) <= MAX_NAME_LENGTH_BYTES) {
    return folder + full;
  }
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return `${folder}.${digest}.vhd-${kind}`;
}

/** Tells whether a file name is one of {@link sidecarPath}. */
export function isSidecarName(name: string): boolean {
  return SIDECAR_NAME.test(name);
}
