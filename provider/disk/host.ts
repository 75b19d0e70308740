import type { ChangeQuery, ChangeStream, CreateDiskRequest } from "./backend";
import type { DiskFormat, DiskIdentity, DiskType, VirtualDiskInfo } from "./disk";
import type { DiskError } from "./errors";
import type { PathStyle } from "./host-path";

/**
 * What a host must offer so that guard/ can be a `DiskBackend` over it.
 *
 * A host does what it is told and reports what it sees; whether a step is safe is decided in guard/, once for all hosts.
 * What a host does owe is that each step is all or nothing, that it never replaces a file, and that it acts on the very
 * file it is handed: a step on a file that was exchanged since it was identified fails with `InUse`.
 *
 * Every method throws `DiskError` and nothing else. Paths are full paths, validated and in the host's own style.
 */
export interface DiskHost<File extends HostFile = HostFile> {
  readonly pathStyle: PathStyle;

  /**
   * Describes a disk. A differencing disk whose parent is missing or another disk is described all the same, without
   * `parent.resolvedPath`.
   *
   * @throws NotFound (proven absence), Unavailable, AccessDenied, InUse, CorruptImage, UnsupportedImage
   */
  describe(path: string): Promise<VirtualDiskInfo>;

  /**
   * Describes a disk and all it depends on, every link verified.
   *
   * @returns the leaf first, the base last
   * @throws as {@link describe}; ParentNotFound, ParentMismatch, ChainCycle, ChainTooDeep
   */
  describeChain(path: string): Promise<readonly VirtualDiskInfo[]>;

  /**
   * Reads what proves which disk lies at a path. The parents of the disk do not matter.
   *
   * @throws as {@link describe}
   */
  identify(path: string): Promise<IdentifiedDisk<File>>;

  /** Tells what can be seen at a path before a disk is made there. Never throws for what is merely missing. */
  examinePlace(path: string): Promise<Place>;

  /**
   * A text that is equal for every path that leads to the same file name in the same folder: through links, mounts and
   * other spellings. For locks and for finding two resources on one disk.
   */
  placeKey(path: string): Promise<string>;

  /**
   * Takes the lock of a place, which all processes that can see the host's disks respect. Waits for whoever holds it, and
   * ends with the process that holds it.
   *
   * @param key as {@link placeKey} gave it
   * @returns releases the lock; idempotent
   * @throws InUse when the lock is not free in time
   */
  lock(key: string): Promise<() => Promise<void>>;

  /**
   * Tells who uses a disk: machines that are configured with it (running or not), mounts, programs that hold the file.
   *
   * @returns one text a user, fit for a message; empty when it is proven that there is none
   * @throws what kept the host from telling
   */
  listUsers(disk: IdentifiedDisk<File>): Promise<readonly string[]>;

  /**
   * Lists images that may be children of a disk: all differencing disks in a folder and below it.
   *
   * @param folder a full path
   * @throws Unavailable (the folder is missing or cannot be searched), AccessDenied: an incomplete list is an error
   */
  listImages(folder: string, format: DiskFormat): Promise<readonly ImageNear[]>;

  /** Tells whether a path leads to the very file that was identified. A path that leads nowhere does not. */
  isSameFile(path: string, file: File): Promise<boolean>;

  /**
   * Reads the children recorded at a parent with {@link recordChild}. A host that keeps no such record has none.
   *
   * @throws what kept the host from telling
   */
  listRecordedChildren(disk: IdentifiedDisk<File>): Promise<readonly RecordedChild[]>;

  /**
   * Leaves a durable trace at a parent that a child of it lies, or is about to lie, at a path. Repeating it is harmless.
   * A place that cannot be written to at all (a read-only volume) keeps no trace, without an error.
   */
  recordChild(parent: IdentifiedDisk<File>, childPath: string): Promise<void>;

  /** Takes back {@link recordChild}; that the disk once was a parent stays recorded. */
  forgetChild(parent: IdentifiedDisk<File>, childPath: string): Promise<void>;

  /**
   * Makes a disk, all or nothing, never replacing a file.
   *
   * @param request what to make
   * @param parent of a differencing disk, as observed just now
   * @param beforePublish runs when all that is left to do is to let the disk appear under its name; what it throws ends
   * the creation, and nothing is left
   * @throws AlreadyExists, Unavailable (no folder), IoFailed, AccessDenied, NotSupported, PartialCreate
   */
  make(
    request: CreateDiskRequest,
    parent: VirtualDiskInfo | undefined,
    beforePublish: () => Promise<void>,
  ): Promise<void>;

  /** Makes a folder and those above it that are missing. One that is there is fine. */
  makeFolder(folder: string): Promise<void>;

  /**
   * Gives a file another name on the same volume, never replacing one, together with what lies beside it and belongs to it.
   *
   * @throws AlreadyExists, NotSupported (another volume), InUse, AccessDenied, IoFailed
   */
  rename(disk: IdentifiedDisk<File>, newPath: string): Promise<void>;

  /**
   * Finishes or undoes a {@link rename} that was cut off.
   *
   * @param identity the disk that was to be moved
   * @returns whether the disk now lies at the new path, and only there
   */
  finishRename(path: string, newPath: string, identity: DiskIdentity): Promise<boolean>;

  /** Deletes a file and what lies beside it and belongs to it. @throws InUse, AccessDenied, IoFailed */
  remove(disk: IdentifiedDisk<File>): Promise<void>;

  /** Records in a differencing disk where its parent lies. The parent was proven to be it. */
  writeParent(disk: IdentifiedDisk<File>, parent: VirtualDiskInfo): Promise<void>;

  /** Enlarges the virtual size of a disk in place. */
  resize(disk: IdentifiedDisk<File>, sizeBytes: number): Promise<void>;

  /** Marks a disk as taken over, so that its former owner no longer deletes it. @returns the mark */
  markAdopted(disk: IdentifiedDisk<File>): Promise<string>;

  /** How many bytes of content an image itself holds. */
  measureData(path: string): Promise<number>;

  /** As `DiskBackend.queryChanges`. */
  queryChanges(query: ChangeQuery): Promise<ChangeStream>;

  /** Ends what the host holds open. Idempotent. */
  close(): Promise<void>;
}

/** A file as a host knows it; each host adds what it needs to act on this file and no other. */
export interface HostFile {
  readonly path: string;
}

/** A disk that was identified: which one it is, not what it depends on. */
export interface IdentifiedDisk<File extends HostFile = HostFile> {
  readonly path: string;
  readonly format: DiskFormat;
  /** Absent where the host cannot tell because the parents of the disk cannot be opened. */
  readonly type?: DiskType;
  readonly sizeBytes?: number;
  readonly identity: DiskIdentity;
  /** As `VirtualDiskInfo.linkageId`. */
  readonly linkageId?: string;
  /** The mark of the last {@link DiskHost.markAdopted}, if any. */
  readonly adoptionId?: string;
  readonly file: File;
}

/** An image that a search for children met. */
export interface ImageNear {
  readonly path: string;
  /** What the image records of its parent; absent where it cannot be read. */
  readonly parent?: {
    /** Empty where the host cannot tell. */
    readonly linkageIds: readonly string[];
    /** Full paths under which the parent may lie. */
    readonly paths: readonly string[];
    /** Where the parent was found and verified. */
    readonly resolvedPath?: string;
  };
  /** Why it cannot be told whether the image is a child of anything. */
  readonly problem?: DiskError;
}

/** A child that was recorded at its parent. */
export interface RecordedChild {
  readonly path: string;
  /**
   * `present`: a differencing disk of this parent lies there. `gone`: it is proven that nothing lies there, or something
   * else. `unknown`: neither can be proven.
   */
  readonly state: "present" | "gone" | "unknown";
}

/** What can be seen at a path. */
export interface Place {
  /** As {@link DiskHost.placeKey}; the best that can be told where the folder is missing. */
  readonly key: string;
  readonly folder: string;
  readonly hasFolder: boolean;
  /** Whether something, of whatever kind, lies at the path. */
  readonly isTaken: boolean;
  /** Whether files can be made in the folder; absent where the host cannot tell. */
  readonly isWritable?: boolean;
  /** Absent where the host cannot tell. */
  readonly freeBytes?: number;
  /** Whether the name is too long for the host. */
  readonly isNameTooLong?: boolean;
}
