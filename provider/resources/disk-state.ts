import { z } from "zod";
import type { DiskTarget } from "../disk/backend";
import type { DiskFormat, DiskIdentity, DiskType, VirtualDiskInfo } from "../disk/disk";
import { DiskError } from "../disk/errors";
import { listFormats } from "../disk/formats";
import { isSameDisk } from "../disk/identity";
import type { Properties } from "./resource";

/**
 * What a stack keeps of a disk, parsed.
 *
 * The values are a cache of what was observed last, never proof. Those that may be absent are so in
 * states that were written by hand, as `pulumi import --file` allows, and for disks that are read
 * by their path alone.
 */
export interface DiskState {
  readonly path: string;
  readonly format: DiskFormat | undefined;
  readonly type: DiskType | undefined;
  readonly sizeBytes: number | undefined;
  readonly blockSizeBytes: number | undefined;
  readonly logicalSectorSizeBytes: number | undefined;
  readonly physicalSectorSizeBytes: number | undefined;
  readonly parentPath: string | undefined;
  /** Which disk it is. */
  readonly identity: DiskIdentity | undefined;
  /** The mark of its adoption, where it was adopted. */
  readonly adoptionId: string | undefined;
  /** What the disk recorded of its parent. */
  readonly parentLinkageIds: readonly string[];
  /** The parent's own id when the disk was made, on hosts that do not say what children record. */
  readonly parentDiskId: string | undefined;
  /** Which resource the parent is; see parent-reference.ts. */
  readonly parentReference: string | undefined;
  /** The names of the optional inputs that the program gave. */
  readonly declared: readonly string[];
}

const count = z.number().optional();
const idList = z.array(z.string()).optional();

/**
 * All names that a state of any version has used. Names may be added; none may ever get another
 * meaning.
 */
const stateSchema = z.object({
  path: z.string(),
  format: z.enum(listFormats()).optional(),
  type: z.enum(["fixed", "dynamic", "differencing"]).optional(),
  sizeBytes: count,
  blockSizeBytes: count,
  logicalSectorSizeBytes: count,
  physicalSectorSizeBytes: count,
  parentPath: z.string().optional(),
  diskId: z.string().optional(),
  /** Everything below in one string, since the engine writes the whole state after each step. */
  __disk: z.string().optional(),
  /** Version 0.1.0 kept these four instead. */
  __identity: z
    .object({
      format: z.enum(listFormats()),
      diskId: z.string().optional(),
      creationId: z.string().optional(),
      dataWriteId: z.string().optional(),
      fileId: z.string().optional(),
    })
    .optional(),
  __parentLinkageIds: idList,
  __parentDiskId: z.string().optional(),
  __declared: idList,
});

type StateProperties = z.output<typeof stateSchema>;

/**
 * Parses what a stack keeps of a disk.
 *
 * @param outputs of any version of this package; empty for a disk that is read by its path alone
 * @param id as Pulumi knows the disk: its path where the outputs have none
 * @throws Internal when it is no such state
 */
export function parseDiskState(outputs: Properties, id: string): DiskState {
  const result = stateSchema.safeParse({ ...outputs, path: outputs["path"] ?? id });
  if (!result.success) {
    throw new DiskError("Internal", {
      what: `the state of this disk cannot be read: ${result.error.issues
        .map((issue) => issue.path.join("."))
        .join(", ")}`,
      subject: typeof outputs["path"] === "string" ? outputs["path"] : id,
      remedy:
        "Restore the stack's state from its history, or run `pulumi state delete` and adopt the " +
        "disk again.",
    });
  }
  const properties = result.data;
  const { path, format, type, sizeBytes, blockSizeBytes, parentPath } = properties;
  const { logicalSectorSizeBytes, physicalSectorSizeBytes } = properties;
  const sizes = { sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes };
  const { __disk: text } = properties;
  const record = text === undefined ? parseOldRecord(properties) : parseRecord(text, properties);
  return { path, format, type, ...sizes, parentPath, ...record };
}

/** Writes a state as outputs: {@link parseDiskState} reads it back. */
export function serializeDiskState(state: DiskState): Properties {
  const { path, format, type, sizeBytes, blockSizeBytes, parentPath } = state;
  const { logicalSectorSizeBytes, physicalSectorSizeBytes } = state;
  return {
    path,
    format,
    type,
    sizeBytes,
    blockSizeBytes,
    logicalSectorSizeBytes,
    physicalSectorSizeBytes,
    parentPath,
    diskId: state.identity?.diskId,
    __disk: serializeRecord(state),
  };
}

/** What only this package needs to know of a disk. */
type DiskRecord = Pick<
  DiskState,
  "identity" | "adoptionId" | "parentLinkageIds" | "parentDiskId" | "parentReference" | "declared"
>;

/** The format and the disk id are outputs already. */
function serializeRecord({ identity, ...state }: DiskState): string {
  const fields: (readonly [string, string | undefined])[] = [
    ["creation", identity?.creationId],
    ["write", identity?.dataWriteId],
    ["file", identity?.fileId],
    ["folder", identity?.folderId],
    ...state.parentLinkageIds.map((linkageId) => ["linkage", linkageId] as const),
    ["parentDisk", state.parentDiskId],
    ["parent", state.parentReference],
    ["adoption", state.adoptionId],
    ["declared", state.declared.length === 0 ? undefined : state.declared.toSorted().join(" ")],
  ];
  return new URLSearchParams(
    fields.filter((field): field is readonly [string, string] => field[1] !== undefined) as [
      string,
      string,
    ][],
  ).toString();
}

function parseRecord(text: string, { format, diskId }: StateProperties): DiskRecord {
  const fields = new URLSearchParams(text);
  const get = (name: string): string | undefined => fields.get(name) ?? undefined;
  const identity = defined({
    format,
    diskId,
    creationId: get("creation"),
    dataWriteId: get("write"),
    fileId: get("file"),
    folderId: get("folder"),
  });
  return {
    identity: format === undefined ? undefined : { ...identity, format },
    adoptionId: get("adoption"),
    parentLinkageIds: fields.getAll("linkage"),
    parentDiskId: get("parentDisk"),
    parentReference: get("parent"),
    declared: get("declared")?.split(" ") ?? [],
  };
}

function parseOldRecord({
  __identity: identity,
  __parentLinkageIds: parentLinkageIds = [],
  __parentDiskId: parentDiskId,
  __declared: declared = [],
}: StateProperties): DiskRecord {
  return {
    identity: identity === undefined ? undefined : defined(identity),
    adoptionId: undefined,
    parentLinkageIds,
    parentDiskId,
    parentReference: undefined,
    declared,
  };
}

/** What is to be kept of a disk that was observed now. */
export function recordDisk(disk: VirtualDiskInfo, kept: Partial<DiskState>): DiskState {
  return {
    path: disk.path,
    format: disk.format,
    type: disk.type,
    sizeBytes: disk.sizeBytes,
    blockSizeBytes: disk.blockSizeBytes,
    logicalSectorSizeBytes: disk.logicalSectorSizeBytes,
    physicalSectorSizeBytes: disk.physicalSectorSizeBytes,
    parentPath: kept.parentPath,
    identity: settleIdentity(kept.identity, disk),
    adoptionId: kept.adoptionId,
    parentLinkageIds: disk.parent?.linkageIds ?? [],
    parentDiskId: kept.parentDiskId,
    parentReference: kept.parentReference,
    declared: kept.declared ?? [],
  };
}

/**
 * The recorded disk as a target for a change.
 *
 * @throws AlreadyExists when the state holds no identity, so that nothing can be proven
 */
export function targetOf({ path, identity, adoptionId }: DiskState): DiskTarget {
  if (identity === undefined) {
    throw new DiskError("AlreadyExists", {
      what:
        "the state does not record which disk was at this path, so it cannot be proven that this " +
        "is the same disk",
      subject: path,
      remedy: "Nothing was changed. Run `pulumi refresh` first; it records the disk that is there.",
    });
  }
  return { path, identity, adoptionId };
}

/**
 * The identity to keep: the recorded one while what never changes proves it, because the
 * DataWriteGuid changes whenever a machine writes to its disk and would make every refresh look
 * like drift. The folder is always the present one.
 */
function settleIdentity(
  recorded: DiskIdentity | undefined,
  { identity, type }: VirtualDiskInfo,
): DiskIdentity {
  const { dataWriteId: _changing, fileId, ...lasting } = identity;
  // A sibling that was copied over a disk without an id of its own keeps the file id.
  const proof = type === "differencing" ? lasting : { ...lasting, fileId };
  if (recorded === undefined || !isSameDisk(recorded, defined(proof))) {
    return identity;
  }
  return identity.folderId === undefined ? recorded : { ...recorded, folderId: identity.folderId };
}

function defined<T extends object>(values: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
}
