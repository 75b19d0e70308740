import type { ChangeQuery, ChangeStream, CreateDiskRequest } from "./backend";
import type { DiskFormat, DiskIdentity, DiskType, VirtualDiskInfo } from "./disk";
import type { DiskError } from "./errors";
import type { PathStyle } from "./host-path";

/**
 * What a host must offer so that guard/ can be a `DiskBackend` over it.
 *
 * A host does what it is told and reports what it sees; whether a step is safe is decided in
 * guard/, once for all hosts. What a host does owe is that each step is all or nothing, that it
 * never replaces a file, and that it acts on the very file it is handed: a step on a file that was
 * exchanged since it was identified fails with `InUse`.
 *
 * Every method throws `DiskError` and nothing else. Paths are full paths, validated and in the
 * host's own style.
 */
export interface DiskHost<File extends HostFile = HostFile> {
  readonly pathStyle: PathStyle;

  /**
   * Describes a disk. A differencing disk whose parent is missing or another disk is described all
   * the same, without `parent.resolvedPath`.
   *
   * @throws NotFound (proven absence), Unavailable, AccessDenied, InUse, CorruptImage,
   *   UnsupportedImage
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
   * Reads what proves which disk is at a path. The parents of the disk do not matter.
   *
   * @throws as {@link describe}
   */
  identify(path: string): Promise<IdentifiedDisk<File>>;

  /**
   * Tells what can be seen at a path before a disk is made there. Never throws for what is merely
   * missing.
   */
  examinePlace(path: string): Promise<Place>;

  /** Tells whether it is proven that there is nothing in a folder. */
  isFolderEmpty(folder: string): Promise<boolean>;

  /**
   * A text that is equal for every path that leads to the same file name in the same folder:
   * through links, mounts and other spellings. For locks and for finding two resources on one disk.
   */
  placeKey(path: string): Promise<string>;

  /**
   * Takes the lock of a place, which all processes that can see the host's disks respect. Waits for
   * whoever holds it, and ends with the process that holds it.
   *
   * @param key as {@link placeKey} gave it
   * @returns releases the lock; idempotent
   * @throws InUse when the lock is not free in time
   */
  lock(key: string): Promise<() => Promise<void>>;

  /**
   * Tells who uses a disk: machines that are configured with it (running or not), mounts, programs
   * that hold the file.
   *
   * @returns one text a user, fit for a message; empty when it is proven that there is none
   * @throws what kept the host from telling
   */
  listUsers(disk: IdentifiedDisk<File>): Promise<readonly string[]>;

  /**
   * Lists images that may be children of a disk: all differencing disks in a folder and below it.
   * Those that record the same may be listed together.
   *
   * @param folder a full path
   * @throws Unavailable (the folder is missing or cannot be searched), AccessDenied: an incomplete
   *   list is an error
   */
  listImages(folder: string, format: DiskFormat): Promise<readonly ImagesNear[]>;

  /**
   * Tells whether a path leads to the very file that was identified. A path that leads nowhere does
   * not.
   */
  isSameFile(path: string, file: File): Promise<boolean>;

  /**
   * Tells whether a path is a second name of an identified file, as a move that was cut off leaves
   * one: the same file, and really another name, not another spelling of the first one. Always
   * false on a host whose moves are one step.
   */
  isSecondName(disk: IdentifiedDisk<File>, path: string): Promise<boolean>;

  /** Tells whether the id of a disk shows that {@link make} made it for an owner. */
  wasMadeFor(disk: VirtualDiskInfo, owner: string): boolean;

  /** Whether nobody wrote to a disk since it was made. A host that cannot tell says no. */
  isBlank(disk: VirtualDiskInfo): Promise<boolean>;

  /**
   * Reads what is recorded about a disk beside it: by {@link recordChildren}, {@link markAdopted} and
   * {@link rename}. A host that keeps no such record has nothing to tell.
   *
   * @throws what kept the host from telling
   */
  readNotes(disk: IdentifiedDisk<File>): Promise<DiskNotes>;

  /**
   * Leaves a durable trace at a parent that children of it are, or are about to be, at some paths.
   * Repeating it is harmless. A read-only volume keeps no trace, without an error: nothing there
   * can be deleted or grown either.
   *
   * @throws AccessDenied when this account may not leave a trace, though others may change the disk
   */
  recordChildren(parent: IdentifiedDisk<File>, childPaths: readonly string[]): Promise<void>;

  /** Tells why {@link recordChildren} would fail, as far as that can be seen. Changes nothing. */
  findRecordProblem(parent: IdentifiedDisk<File>): Promise<DiskError | undefined>;

  /**
   * Takes back {@link recordChildren}, while the place of the parent is locked; that the disk once was
   * a parent stays recorded.
   */
  forgetChildren(parentPath: string, childPaths: readonly string[]): Promise<void>;

  /**
   * Makes a disk, all or nothing, never replacing a file.
   *
   * @param request what to make
   * @param parent of a differencing disk, as observed just now
   * @param inLock is called when all that is left to do is to let the disk appear under its name,
   *   and calls `publish` for it. What it throws ends the creation, and nothing is left
   * @throws AlreadyExists, Unavailable (no folder), IoFailed, AccessDenied, NotSupported,
   *   PartialCreate
   */
  make(
    request: CreateDiskRequest,
    parent: VirtualDiskInfo | undefined,
    inLock: (publish: () => Promise<void>) => Promise<void>,
  ): Promise<void>;

  /** Makes a folder and those above it that are missing. One that is there is fine. */
  makeFolder(folder: string): Promise<void>;

  /**
   * Gives a file another name on the same volume, never replacing one, together with what belongs
   * to it. Goes on where an earlier call was cut off: see {@link isSecondName}.
   *
   * @param whileBoth runs as soon as the disk can be opened under its new name. Where the host can,
   *   the old name is still there meanwhile, so that whoever knows the disk by either name finds it
   * @throws AlreadyExists, NotSupported (another volume), Unavailable (no such folder), InUse,
   *   AccessDenied, IoFailed
   */
  rename(
    disk: IdentifiedDisk<File>,
    newPath: string,
    whileBoth: (moved: IdentifiedDisk<File>) => Promise<void>,
  ): Promise<void>;

  /**
   * Tells where a disk went that is no longer at its path, as far as a {@link rename} left a trace.
   *
   * @returns the new path, where a disk is; `undefined` without a trace
   */
  findMoved(path: string): Promise<string | undefined>;

  /**
   * Removes the trace that a move left, once it is recorded elsewhere that the disk is where it is
   * now.
   *
   * @param notes of the disk
   */
  forgetMove(notes: DiskNotes): Promise<void>;

  /**
   * Removes what a {@link remove} or {@link make} left behind that was cut off. @param identity of
   * the disk that is gone
   */
  finishRemoval(path: string, identity: DiskIdentity): Promise<void>;

  /**
   * Deletes a file and what is beside it and belongs to it. @throws InUse, AccessDenied, IoFailed
   */
  remove(disk: IdentifiedDisk<File>): Promise<void>;

  /** Records in a differencing disk where its parent is. The parent was proven to be it. */
  writeParent(disk: IdentifiedDisk<File>, parent: VirtualDiskInfo): Promise<void>;

  /** Enlarges the virtual size of a disk in place. */
  resize(disk: IdentifiedDisk<File>, sizeBytes: number): Promise<void>;

  /**
   * Marks a disk as taken over, so that its former owner no longer deletes it. @returns the mark
   */
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
  /**
   * What a differencing disk records of its parent; absent for other disks, and where the host
   * cannot tell.
   */
  readonly parent?: RecordedParent;
  readonly file: File;
}

/** What an image records of its parent. */
export interface RecordedParent {
  /** The parent must carry one of these as its `linkageId`. Empty where the host cannot tell. */
  readonly linkageIds: readonly string[];
  /** Full paths under which the parent may be, in the order in which to look. */
  readonly paths: readonly string[];
}

/** Images that a search for children met, and of which the same is known. */
export interface ImagesNear {
  /** At least one. */
  readonly paths: readonly string[];
  /** Present for differencing disks that can be read, and only for them. */
  readonly parent?: RecordedParent;
  /** Why it cannot be told whether the images are children of anything. */
  readonly problem?: DiskError;
}

/** What is recorded about a disk beside it. */
export interface DiskNotes {
  /** The children that were recorded and not forgotten since, whatever is there now. */
  readonly children: readonly RecordedChild[];
  /**
   * What a person deletes to say that no child is left; absent where the disk never was a parent,
   * as far as recorded.
   */
  readonly tracePath?: string;
  /** The mark of the last adoption; absent without one, and where the host cannot keep any. */
  readonly adoptionId?: string;
  /** Where the disk was before its last move; absent once that is forgotten. */
  readonly movedFrom?: string;
}

/** A place where a child was, or was about to be, when it was recorded. */
export interface RecordedChild {
  readonly path: string;
  /** As `DiskIdentity.folderId`, of the child. */
  readonly folderId?: string;
}

/** What can be seen at a path. */
export interface Place {
  /** As {@link DiskHost.placeKey}; the best that can be told where the folder is missing. */
  readonly key: string;
  readonly folder: string;
  readonly hasFolder: boolean;
  /** What the folder is known by; as `DiskIdentity.folderId`. */
  readonly folderId?: string;
  /**
   * A text that differs for folders between which no disk can move; absent where the host cannot
   * tell.
   */
  readonly volumeId?: string;
  /** Whether something, of whatever kind, is at the path. */
  readonly isTaken: boolean;
  /** Whether files can be made in the folder; absent where the host cannot tell. */
  readonly isWritable?: boolean;
  /** Absent where the host cannot tell. */
  readonly freeBytes?: number;
  /** Whether the name is too long for the host. */
  readonly isNameTooLong?: boolean;
}
