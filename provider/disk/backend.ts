import type { DiskFormat, DiskIdentity, VirtualDiskInfo } from "./disk";
import type { Place } from "./host";
import type { PathStyle } from "./host-path";
import type { ChangedRange } from "./ranges";

/**
 * What a host can do with virtual disks. Both backends implement it and pass the same suite
 * (test/contract).
 *
 * Paths are full paths in the host's own style. Every method throws `DiskError` and nothing else.
 * Of the codes, three must never be confused: `NotFound` (the file is proven to be absent), `InUse`
 * (it is there, and busy) and `HostUnreachable` / `Unavailable` / `AccessDenied` (nobody knows).
 */
export interface DiskBackend {
  /** How paths are written on the host behind this backend. */
  readonly pathStyle: PathStyle;

  /**
   * Reads and validates one image. The parent of a differencing disk is looked for, but may be
   * missing.
   *
   * @throws NotFound, CorruptImage, UnsupportedImage, InUse, AccessDenied
   */
  inspectDisk(path: string): Promise<VirtualDiskInfo>;

  /**
   * Reads a disk and all it depends on, every link verified.
   *
   * @returns the leaf first, the base last; one element for a disk without parent
   * @throws as {@link inspectDisk}, and ParentNotFound, ParentMismatch, ChainCycle, ChainTooDeep
   */
  readChain(path: string): Promise<readonly VirtualDiskInfo[]>;

  /**
   * Makes a disk. Nothing is left under its path unless the whole image is there and durable.
   *
   * @throws AlreadyExists, never overwriting; for a differencing disk also the codes of
   *   {@link readChain}, naming the parent, before anything is written; InvalidInput, OutOfRange,
   *   IoFailed, AccessDenied, NotSupported
   */
  createDisk(request: CreateDiskRequest): Promise<VirtualDiskInfo>;

  /**
   * Enlarges the virtual size of a disk in place. Doing so twice is harmless.
   *
   * @param target the disk, which must be the recorded one
   * @param sizeBytes at least the present size, and a multiple of the logical sector size
   * @throws OutOfRange when smaller than the present size; NotSupported for a VHD; HasChildren,
   *   because growing a parent breaks its children; InUse, NotFound, AlreadyExists (another disk is
   *   there)
   */
  growDisk(target: DiskTarget, sizeBytes: number): Promise<VirtualDiskInfo>;

  /**
   * Points a differencing disk at the place where its parent is now. The parent must be the very
   * disk the child was made over, with unchanged content.
   *
   * @throws ParentNotFound, ParentMismatch, InUse, NotFound, AlreadyExists (another disk is there)
   */
  setParent(target: DiskTarget, parentPath: string): Promise<VirtualDiskInfo>;

  /**
   * Gives a disk another path on the same volume. Its recorded parent still resolves afterwards. A
   * disk that is at the new path already, and not at the old one, counts as moved.
   *
   * @throws AlreadyExists when the new path is taken; HasChildren, because they would lose their
   *   parent; NotSupported across volumes; InUse, NotFound
   */
  moveDisk(target: DiskTarget, newPath: string, options?: MoveOptions): Promise<VirtualDiskInfo>;

  /**
   * Tells where a recorded disk is that may no longer be at its path: a move that was cut off
   * leaves it elsewhere.
   *
   * @returns the path of the recorded disk; `undefined` where it is proven to be gone
   * @throws AlreadyExists when another disk is at the path; Unavailable when its absence is not
   *   proven, as when its volume is not mounted; and as {@link inspectDisk}
   */
  locateDisk(target: DiskTarget): Promise<string | undefined>;

  /**
   * Deletes a disk, after proof that it is the recorded one, not in use and nobody's parent.
   * Deleting what is gone succeeds.
   *
   * @throws AlreadyExists when another disk is at the path; HasChildren, InUse, AccessDenied
   */
  deleteDisk(target: DiskTarget): Promise<void>;

  /**
   * Opens a change query: which bytes of a disk may differ from its baseline. The answer is a
   * superset of the real differences and never too short.
   *
   * @throws InvalidInput (no such baseline), NotSupported (a baseline this backend cannot serve),
   *   OutOfRange (window), TrackingDisabled, StaleLimitId, and as {@link readChain}
   */
  queryChanges(query: ChangeQuery): Promise<ChangeStream>;

  /**
   * Takes over a disk that is there already: whoever owned it before no longer deletes it.
   *
   * @returns the disk, and the mark to keep as {@link DiskTarget.adoptionId}
   * @throws as {@link inspectDisk}
   */
  adoptDisk(path: string): Promise<AdoptedDisk>;

  /**
   * Reads the mark of the last {@link adoptDisk}, for a disk that is imported.
   *
   * @throws as {@link inspectDisk}
   */
  readAdoption(path: string): Promise<string | undefined>;

  /**
   * Tells what can be seen at a path before a disk is made there, for previews. Changes nothing.
   */
  examinePlace(path: string): Promise<Place>;

  /**
   * Tells in a preview whether a step will be refused. Changes nothing, and does not ask who uses a
   * disk, which may be over by then.
   *
   * @throws what the step will throw
   */
  rehearse(step: DiskStep): Promise<void>;

  /**
   * Tells whether {@link createDisk} made the disk at a path for an owner, and nobody adopted it
   * since.
   *
   * @throws as {@link inspectDisk}
   */
  isOwn(path: string, owner: string): Promise<boolean>;

  /**
   * Tells how many bytes of content an image itself holds: what would be lost with it.
   *
   * @throws as {@link inspectDisk}
   */
  measureData(path: string): Promise<number>;

  /** Ends what the backend holds open. Idempotent; no other method may follow. */
  close(): Promise<void>;
}

/** A step that a preview looks ahead to. */
export type DiskStep =
  | { readonly kind: "make child"; readonly parentPath: string }
  | (PlannedChange & { readonly kind: "change or delete" })
  | (PlannedChange & { readonly kind: "grow"; readonly sizeBytes: number })
  | (PlannedChange & { readonly kind: "move"; readonly newPath: string });

/** A change of a disk that is there. */
export interface PlannedChange {
  readonly path: string;
  /** Which disk it must be; without it, whichever is there. */
  readonly identity?: DiskIdentity | undefined;
  /** As {@link DiskTarget.adoptionId}, where the identity is given. */
  readonly adoptionId?: string | undefined;
}

/** How to move a disk. */
export interface MoveOptions {
  /**
   * Whether to point the children of the disk at its new place. Without it, a disk with children is
   * not moved.
   */
  readonly repointChildren?: boolean | undefined;
  /** Whether to make the folder of the new path, and those above it, where they are missing. */
  readonly createFolder?: boolean | undefined;
}

/** A disk that was taken over. */
export interface AdoptedDisk {
  readonly disk: VirtualDiskInfo;
  /** Keep it with the identity of the disk, and hand it back as {@link DiskTarget.adoptionId}. */
  readonly adoptionId: string;
}

/** A disk at a path, and the proof which disk it must be before anything is done to it. */
export interface DiskTarget {
  readonly path: string;
  /** As recorded when the disk was last observed. */
  readonly identity: DiskIdentity;
  /**
   * The mark that {@link DiskBackend.adoptDisk} gave, where the disk was adopted. A disk that
   * carries another mark was taken over since, and deleting the target leaves it alone.
   */
  readonly adoptionId?: string | undefined;
}

/** What to make. The extension of `path` agrees with `format`. */
export type CreateDiskRequest = CreateDifferencingRequest | CreateBaseRequest;

/** What both kinds of request have. */
interface CreateRequest {
  readonly path: string;
  readonly format: DiskFormat;
  /**
   * Who makes the disk, as a text that is the same whenever the same resource is made: a creation
   * that was cut off recognises its own disk by it and goes on. Without it, whatever is at the path
   * is somebody else's.
   */
  readonly owner?: string | undefined;
  /** Whether to make the folder of the disk, and those above it, where they are missing. */
  readonly createFolder?: boolean | undefined;
}

/**
 * A disk that holds what differs from its parent. Sector sizes and, unless given, the size come
 * from the parent.
 */
export interface CreateDifferencingRequest extends CreateRequest {
  readonly type: "differencing";
  readonly parentPath: string;
  /** At least the parent's; VHDX only, where it is more. */
  readonly sizeBytes?: number | undefined;
  readonly blockSizeBytes?: number | undefined;
}

/** A disk without a parent; it reads as zeros until something is written. */
export interface CreateBaseRequest extends CreateRequest {
  readonly type: "dynamic" | "fixed";
  readonly sizeBytes: number;
  readonly blockSizeBytes?: number | undefined;
  readonly logicalSectorSizeBytes?: number | undefined;
  readonly physicalSectorSizeBytes?: number | undefined;
}

/**
 * A change query over the window `[offsetBytes, offsetBytes + lengthBytes)` of the virtual disk.
 */
export interface ChangeQuery {
  readonly path: string;
  readonly baseline: ChangeBaseline;
  /** 0 by default. */
  readonly offsetBytes?: number | undefined;
  /** Up to the end of the disk by default. The window must be inside the disk. */
  readonly lengthBytes?: number | undefined;
}

/** Since when, or since what, changes are asked for. */
export type ChangeBaseline =
  /** The parent of the disk: everything the disk itself holds. */
  | { readonly kind: "parent" }
  /** A disk further up the chain: everything its descendants down to the disk hold. */
  | { readonly kind: "ancestor"; readonly path: string }
  /** A point in time that the host keeps: an RCT id, or a snapshot id of a VHD set. */
  | {
      readonly kind: "limitId";
      readonly limitId: string;
      readonly targetSnapshotId?: string | undefined;
    };

/** An answer under way, in bounded memory whatever the size of the disk. */
export interface ChangeStream {
  readonly path: string;
  /** The virtual size of the disk. */
  readonly sizeBytes: number;
  readonly sectorSizeBytes: number;
  /** The window in effect, after defaults. */
  readonly window: { readonly offsetBytes: number; readonly lengthBytes: number };
  /**
   * A text that changes when the disk or the baseline is exchanged for another one: pages of one
   * answer must agree on it.
   */
  readonly fingerprint: string;
  /** To be consumed once. Leaving the loop early releases everything that is held open. */
  readonly batches: AsyncIterable<ChangeBatch>;
}

/** A part of an answer. */
export interface ChangeBatch {
  /**
   * Sorted, disjoint, none empty; they begin at or behind the end of the previous batch's, and may
   * touch it.
   */
  readonly ranges: readonly ChangedRange[];
  /**
   * All changes before this offset of the virtual disk have been told. The last batch says the end
   * of the window.
   */
  readonly processedToBytes: number;
}
