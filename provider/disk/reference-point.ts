/**
 * What a host can do with reference points: moments of a virtual machine since which the changes of
 * its disks can be asked for. Taking one starts change tracking where it is off. It costs next to
 * nothing, and holds no content.
 *
 * Every method throws `DiskError` and nothing else.
 */
export interface ReferencePointService {
  /**
   * Takes a reference point. Nothing is left behind when that fails.
   *
   * With `hold`, the content of that moment is kept first: the disks at
   * {@link ReferencePoint.disks} do not change until {@link complete} or {@link destroy}, and grow
   * a file with every write of the machine meanwhile.
   *
   * @throws NotFound (no such machine), InvalidInput (several of that name), NotSupported (the host
   *   or the version of the machine is too old, or its disks are no VHDX), Unavailable,
   *   AccessDenied, Timeout, JobFailed
   */
  create(request: CreateReferencePointRequest): Promise<ReferencePoint>;

  /**
   * Gives up the content that a reference point holds, and keeps the moment.
   *
   * @param id of one that is held
   * @returns the reference point, which may have another id, with its limit ids
   * @throws NotFound where nothing is held by this id; as {@link create}
   */
  complete(id: string): Promise<ReferencePoint>;

  /**
   * Reads a reference point, held or not. @throws NotFound only where the host proves that there is
   * none
   */
  read(id: string): Promise<ReferencePoint>;

  /**
   * Removes a reference point. Removing what is gone succeeds. The limit ids it gave may stop
   * working.
   */
  destroy(id: string): Promise<void>;

  /** Ends what the service holds open. Idempotent; no other method may follow. */
  close(): Promise<void>;
}

/** Of which machine to take a reference point, and how. */
export interface CreateReferencePointRequest {
  readonly machine: { readonly id: string } | { readonly name: string };
  readonly consistency: ReferencePointConsistency;
  /** Whether to keep the content of that moment until it is copied. */
  readonly hold?: boolean | undefined;
}

/** Whether the programs in the machine are told to bring their files in order first. */
export type ReferencePointConsistency = "application" | "crash";

/** A moment of a virtual machine. */
export interface ReferencePoint {
  /** What the host knows it by. */
  readonly id: string;
  /** The GUID of the machine, lowercase. */
  readonly machineId: string;
  /** Absent where the host does not tell. */
  readonly consistency?: ReferencePointConsistency;
  /** Whether the content of that moment is still held and can be copied. */
  readonly isHeld: boolean;
  /** In the host's order. */
  readonly disks: readonly ReferencePointDisk[];
}

/** A disk of the machine at that moment. */
export interface ReferencePointDisk {
  /**
   * The baseline for a change query of this disk: an opaque text. Absent while the reference point
   * is held.
   */
  readonly limitId?: string;
  /**
   * Where the disk is, as the machine was configured at that moment; absent when the machine has it
   * no more. While the reference point is held, its content does not change. While the host merges
   * a checkpoint, this is an `.avhdx`: tell disks apart by their ids.
   */
  readonly path?: string;
  /** The page 83 id of the disk, lowercase; absent where the host cannot tell. */
  readonly diskId?: string;
}
