/**
 * How a simulated host is set up. All of it is JSON, so that another process can open the same
 * host.
 */
export interface SimulatedHostOptions {
  /** Everything the host has is here: a folder for each drive, and its state. */
  readonly folder: string;
  /** Which Windows Server it is: what namespaces, classes and methods it has. 2016 by default. */
  readonly generation?: HostGeneration | undefined;
  /** The language of its texts. English by default. */
  readonly language?: HostLanguage | undefined;
  /**
   * False for an account whose rights are filtered: it sees no instance of the services, and gets
   * no error.
   */
  readonly isElevated?: boolean | undefined;
  /** Whether methods start jobs, as real hosts do, or do their work before they return. */
  readonly replies?: "jobs" | "at once" | undefined;
  /** How often a job says that it is running before it has ended. 1 by default. */
  readonly pollsPerJob?: number | undefined;
  /**
   * How many ranges one answer about changes holds at most; the answer then covers less than was
   * asked for.
   */
  readonly maxRangesPerAnswer?: number | undefined;
  /** Whether it opens files on shares in the name of the caller; without delegation it may not. */
  readonly hasDelegation?: boolean | undefined;
  /** Whether it refuses to describe a disk whose chain is broken, or describes it as recorded. */
  readonly describesBrokenChains?: boolean | undefined;
  /** The offset of its time zone. */
  readonly utcOffsetMinutes?: number | undefined;
  /** Full paths of folders that the account may not look into. */
  readonly hiddenFolders?: readonly string[] | undefined;
}

export type HostGeneration = "2008R2" | "2012" | "2012R2" | "2016";

export type HostLanguage = "en" | "de" | "fr" | "es" | "ja";

/** Something that goes wrong on the host. */
export interface SimulatedFault {
  /**
   * The method, such as `CreateVirtualHardDisk`, or `query:` and a class, such as
   * `query:CIM_DataFile`.
   */
  readonly at: string;
  readonly how: FaultKind;
  /** How often; once by default. */
  readonly times?: number | undefined;
  /** Only for calls that work on this path. */
  readonly path?: string | undefined;
}

export type FaultKind =
  /** The method does nothing and returns a number. */
  | { readonly kind: "returns"; readonly value: number }
  /** The whole request is refused. */
  | { readonly kind: "refuses"; readonly hresult: number }
  /** The job ends with an exception. */
  | { readonly kind: "job fails"; readonly hresult: number }
  /** The job disappears, before or after its work is done. */
  | { readonly kind: "job vanishes"; readonly done: boolean }
  /** The job runs forever and does nothing, until it is cancelled. */
  | { readonly kind: "job hangs"; readonly cancellable: boolean }
  /** A job does the work of a method that reads, whose results are then lost. */
  | { readonly kind: "deferred" }
  /** The connection breaks, before or after the work is done. */
  | { readonly kind: "drops"; readonly done: boolean }
  /** The method claims success and does nothing. */
  | { readonly kind: "is" };
