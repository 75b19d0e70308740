import { z } from "zod";
import type { DiskTarget } from "../disk/backend";
import type { DiskIdentity, VirtualDiskInfo } from "../disk/disk";
import { DiskError } from "../disk/errors";
import { listFormats } from "../disk/formats";
import { isSameDisk } from "../disk/identity";
import type { Properties } from "./resource";

/** The identity of a disk as states hold it. Members may be added; none may ever be renamed. */
const identitySchema = z.object({
  format: z.enum(listFormats()),
  diskId: z.string().optional(),
  creationId: z.string().optional(),
  dataWriteId: z.string().optional(),
  fileId: z.string().optional(),
});

/** What the state keeps of a disk besides its public outputs. */
const recordSchema = z.object({
  path: z.string(),
  __identity: identitySchema.optional(),
  __parentLinkageIds: z.array(z.string()).default([]),
  __parentDiskId: z.string().optional(),
  __declared: z.array(z.string()).default([]),
});

/** The part of a disk's state that this package reads back. */
export interface DiskRecord {
  readonly path: string;
  /** Missing where a state was written by hand, as `pulumi import --file` allows. */
  readonly identity: DiskIdentity | undefined;
  /** What the disk recorded of its parent. */
  readonly parentLinkageIds: readonly string[];
  /** The parent's own id when the disk was made; missing where the host did not tell it. */
  readonly parentDiskId: string | undefined;
  /** The optional inputs that the program gave. */
  readonly declared: readonly string[];
}

/**
 * Reads what a state says about a disk.
 *
 * @throws Internal when it is no such state
 */
export function parseDiskRecord(outputs: Properties): DiskRecord {
  const result = recordSchema.safeParse(outputs);
  if (!result.success) {
    throw new DiskError("Internal", {
      what: `the state of this disk cannot be read: ${result.error.issues.map((issue) => issue.path.join(".")).join(", ")}`,
      subject: String(outputs["path"]),
      remedy: "Restore the stack's state from its history, or run `pulumi state delete` and adopt the disk anew.",
    });
  }
  const { path, __identity, __parentLinkageIds, __parentDiskId, __declared } = result.data;
  return {
    path,
    identity: __identity as DiskIdentity | undefined,
    parentLinkageIds: __parentLinkageIds,
    parentDiskId: __parentDiskId,
    declared: __declared,
  };
}

/**
 * The recorded disk as a target for a change.
 *
 * @throws AlreadyExists when the state holds no identity, so that nothing can be proven
 */
export function targetOf(record: DiskRecord): DiskTarget {
  if (record.identity === undefined) {
    throw new DiskError("AlreadyExists", {
      what: "the state does not say which disk lay at this path, so it cannot be proven to be the same",
      subject: record.path,
      remedy: "Nothing was changed. Run `pulumi refresh` first; it records the disk that is there.",
    });
  }
  return { path: record.path, identity: record.identity };
}

/** The outputs that all disks have. Names that inputs have as well carry the observed value. */
export function diskOutputs(disk: VirtualDiskInfo, declared: readonly string[], recorded?: DiskIdentity): Properties {
  return {
    path: disk.path,
    format: disk.format,
    type: disk.type,
    sizeBytes: disk.sizeBytes,
    blockSizeBytes: disk.blockSizeBytes,
    logicalSectorSizeBytes: disk.logicalSectorSizeBytes,
    physicalSectorSizeBytes: disk.physicalSectorSizeBytes,
    diskId: disk.identity.diskId,
    __identity: settleIdentity(recorded, disk.identity),
    __parentLinkageIds: disk.parent?.linkageIds,
    __declared: declared.toSorted(),
  };
}

/**
 * The identity to keep: the recorded one while it still proves itself without the DataWriteGuid, which changes whenever
 * a machine writes to its disk and would make every refresh look like drift.
 */
function settleIdentity(recorded: DiskIdentity | undefined, observed: DiskIdentity): DiskIdentity {
  if (recorded === undefined) {
    return observed;
  }
  const { dataWriteId: _ignored, ...lasting } = observed;
  return isSameDisk(recorded, lasting) ? recorded : observed;
}

/** The optional inputs that a program gave. */
export function listDeclared(inputs: Properties, optionalNames: readonly string[]): string[] {
  return optionalNames.filter((name) => inputs[name] !== undefined);
}

/** The declared optional inputs with the values observed. */
export function pickDeclared(outputs: Properties, declared: readonly string[]): Properties {
  return Object.fromEntries(declared.map((name) => [name, outputs[name]]));
}
