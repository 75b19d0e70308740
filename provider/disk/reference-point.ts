/**
 * What a host can do with reference points: moments of a virtual machine since which the changes of its disks can be
 * asked for. Taking one starts change tracking where it is off. It costs next to nothing, and holds no content.
 *
 * Every method throws `DiskError` and nothing else.
 */
export interface ReferencePointService {
  /**
   * Takes a reference point. Nothing is left behind when that fails.
   *
   * @throws NotFound (no such machine), InvalidInput (several of that name), NotSupported (the host or the version of the
   * machine is too old, or its disks are no VHDX), Unavailable, AccessDenied, Timeout, JobFailed
   */
  create(request: CreateReferencePointRequest): Promise<ReferencePoint>;

  /** Reads a reference point. @throws NotFound only where the host proves that there is none */
  read(id: string): Promise<ReferencePoint>;

  /** Removes a reference point. Removing what is gone succeeds. The limit ids it gave may stop working. */
  destroy(id: string): Promise<void>;

  /** Ends what the service holds open. Idempotent; no other method may follow. */
  close(): Promise<void>;
}

/** Of which machine to take a reference point, and how. */
export interface CreateReferencePointRequest {
  readonly machine: { readonly id: string } | { readonly name: string };
  readonly consistency: ReferencePointConsistency;
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
  /** In the host's order. */
  readonly disks: readonly ReferencePointDisk[];
}

/** A disk of the machine at that moment. */
export interface ReferencePointDisk {
  /** The baseline for a change query of this disk: an opaque text. */
  readonly limitId: string;
  /** Where the disk lies; absent when the machine has it no more. */
  readonly path?: string;
  /** The page 83 id of the disk, lowercase; absent where the host cannot tell. */
  readonly diskId?: string;
}
