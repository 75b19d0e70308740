import { DiskError, isDiskError } from "../disk/errors";

/**
 * The port between the Hyper-V backend and whatever speaks CIM to a host. powershell.ts is its adapter for real hosts;
 * tests bring a simulated host.
 *
 * This folder drives `Msvm_ImageManagementService`: start reading here, then image-service.ts (its methods, typed) and
 * return-codes.ts (what its numbers mean). Only powershell.ts and its siblings know that PowerShell is involved.
 *
 * Every method throws {@link DiskError} and nothing else:
 * - what the host itself refused is `Unavailable`, and {@link cimFailureOf} tells its numbers. Its texts are localised:
 *   decide by numbers alone;
 * - `HostUnreachable`: no session could be had, the request never left; `NotSupported`: that host speaks no CIM;
 * - `Timeout` and `SessionDropped`: ask {@link isOutcomeUnknown} before anything is repeated.
 *
 * A session serves any number of calls at once. They reach the host one after another; calls that only read may overtake.
 */
export interface CimSession {
  /**
   * Reads one instance by its keys, such as a job that a method named.
   *
   * @throws Unavailable with {@link WBEM_E_NOT_FOUND} when nothing has these keys
   */
  get(reference: CimReference, options: CimCallOptions): Promise<CimInstance>;

  /**
   * Reads all instances of a class whose properties have given values.
   *
   * @returns in the host's order. Empty also when the host hides all of them from this account (UAC filtering): nothing
   * can be concluded from an empty answer about a `Msvm_` class
   */
  query(query: CimQuery, options: CimCallOptions): Promise<readonly CimInstance[]>;

  /** Reads the instances of one class that are associated with an instance, such as the results of a job. */
  associated(query: CimAssociationQuery, options: CimCallOptions): Promise<readonly CimInstance[]>;

  /**
   * Calls a method. A return value other than 0 is an answer, not an exception.
   *
   * @throws as all methods; and where `call.readOnly` is false, an interruption leaves the outcome unknown
   */
  invoke(call: CimMethodCall, options: CimCallOptions): Promise<CimMethodResult>;

  /**
   * Tells whether a class exists.
   *
   * @returns false only when the host says that the namespace or the class is not there
   * @throws for every other reason not to know, access denied above all
   */
  hasClass(namespace: string, className: string, options: CimCallOptions): Promise<boolean>;

  /** Ends the session and everything it started; calls under way fail with `SessionDropped`. Idempotent. */
  close(): Promise<void>;
}

/** Bounds for one call. */
export interface CimCallOptions {
  /** How long the host may work on this call once its turn has come. Whole milliseconds, at least 1. */
  readonly timeoutMs: number;
  /** Ends the waiting, not the work of the host: a method it has begun goes on, and its outcome is unknown. */
  readonly signal?: AbortSignal | undefined;
}

/** Which instances to read: those of a class where each named property equals its value. */
export interface CimQuery {
  readonly namespace: string;
  readonly className: string;
  /** All must hold; all instances where absent. Texts compare without regard to case, as WQL does. */
  readonly where?: Readonly<Record<string, string | number | bigint | boolean>> | undefined;
}

/** Which associated instances to read. */
export interface CimAssociationQuery {
  readonly source: CimReference;
  readonly resultClassName: string;
  /** The class that ties the two together; any where absent. */
  readonly associationClassName?: string | undefined;
}

/** A method to call. */
export interface CimMethodCall {
  /** An instance, or a class for its static methods. */
  readonly target: CimReference | CimClassName;
  readonly method: string;
  /**
   * By parameter name, each with the type its declaration asks for: booleans, integers, texts, lists of these, and
   * references. Leave out what shall be NULL; an embedded instance is a `string`, see embedded-instance.ts.
   */
  readonly arguments: CimProperties;
  /** True when calling it twice does no more than calling it once. Such a call may be repeated by the session itself. */
  readonly readOnly: boolean;
}

/** What a method answered. */
export interface CimMethodResult {
  /** 0 to 4294967295. */
  readonly returnValue: number;
  /** The out parameters the host filled, by name; parameters it left NULL may be absent or have the value null. */
  readonly outputs: CimProperties;
}

/** A class, as the target of a static method. */
export interface CimClassName {
  /** Such as `root\virtualization\v2`. */
  readonly namespace: string;
  readonly className: string;
}

/** What identifies one instance on its host. */
export interface CimReference extends CimClassName {
  readonly keys: CimProperties;
}

/** An object of a host, or one embedded in a parameter or property. */
export interface CimInstance {
  readonly className: string;
  /** Where it can be read again and what methods are called on; absent for embedded instances. */
  readonly reference?: CimReference | undefined;
  /** By name, in the spelling of the class. */
  readonly properties: CimProperties;
}

/** Typed values by name. cim-values.ts makes and reads them. */
export type CimProperties = Readonly<Record<string, CimValue>>;

/** The integers that a JavaScript number holds exactly. */
export type CimSmallIntegerType = "uint8" | "uint16" | "uint32" | "sint8" | "sint16" | "sint32";

/** A typed value; `null` where the host has none. An array is told by the suffix `[]` of its type. */
export type CimValue =
  | Scalar<"boolean", boolean>
  | Scalar<CimSmallIntegerType | "real32" | "real64", number>
  | Scalar<"uint64" | "sint64", bigint>
  /** A datetime or interval has 25 characters: `20260131235959.000000+060`, `00000001022334.000000:000`. */
  | Scalar<"string" | "char16" | "datetime", string>
  | Scalar<"reference", CimReference>
  | Scalar<"instance", CimInstance>;

type Scalar<Type extends string, Value> =
  | { readonly type: Type; readonly value: Value | null }
  | { readonly type: `${Type}[]`; readonly value: readonly Value[] | null };

/** The name of a CIM type, as `uint64` or `string[]`. */
export type CimType = CimValue["type"];

/** What a host says when it refuses a call. */
export interface CimFailure {
  readonly kind: "CimFailure";
  /** Such as 0x80041002, always unsigned; absent where the host gave none. */
  readonly hresult?: number | undefined;
  /** The MI result (DMTF DSP0200 status): 2 access denied, 3 invalid namespace, 5 invalid class, 6 not found. */
  readonly nativeErrorCode?: number | undefined;
  /** Never localised, such as `HRESULT 0x80041002,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand`. */
  readonly fullyQualifiedErrorId: string;
  /** PowerShell's category. `ObjectNotFound` also stands for a missing cmdlet: never take it for a missing disk. */
  readonly category: string;
  /** In the language of the host: to be shown, never to be compared. */
  readonly message: string;
}

/** The HRESULT of {@link CimSession.get} when nothing has the keys: for a job, that it was removed. */
export const WBEM_E_NOT_FOUND = 0x80041002;

/** Why it is not known what became of a call. */
interface CimInterruption {
  readonly kind: "CimInterruption";
  readonly outcomeUnknown: boolean;
  /** The error underneath, where there is one. */
  readonly cause: unknown;
}

/**
 * Makes the error of a call that the host refused.
 *
 * @param failure what the host said
 * @param subject what was asked, such as `Msvm_ImageManagementService.CreateVirtualHardDisk`
 */
export function createRefusedError(failure: CimFailure, subject: string): DiskError {
  return new DiskError("Unavailable", {
    what: "the host refused a request",
    subject,
    facts: {
      HRESULT: failure.hresult === undefined ? undefined : `0x${failure.hresult.toString(16).toUpperCase()}`,
      "CIM status": failure.nativeErrorCode,
      "host says": failure.message.trim(),
    },
    remedy: "Check that the Hyper-V role is installed and that this account belongs to Hyper-V Administrators.",
    cause: failure,
  });
}

/**
 * Makes the error of a call that ended without an answer.
 *
 * @param details as for every {@link DiskError}
 * @param outcomeUnknown whether the host may have done, or may still do, what was asked
 */
export function createInterruptedError(
  code: "Timeout" | "SessionDropped" | "JobFailed",
  details: ConstructorParameters<typeof DiskError>[1],
  outcomeUnknown: boolean,
): DiskError {
  const cause: CimInterruption = { kind: "CimInterruption", outcomeUnknown, cause: details.cause };
  const remedy = outcomeUnknown
    ? "Whether the host did what was asked is not known: look at the disk before repeating it."
    : details.remedy;
  return new DiskError(code, { ...details, remedy, cause });
}

/** What the host said, where an error is its refusal. */
export function cimFailureOf(error: unknown): CimFailure | undefined {
  const cause = isDiskError(error) ? error.details.cause : undefined;
  return hasKind<CimFailure>(cause, "CimFailure") ? cause : undefined;
}

/**
 * Tells whether a failed call may nevertheless have been carried out. Then observe before repeating it. False for calls
 * that only read, and for those that never left.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  const cause = isDiskError(error) ? error.details.cause : undefined;
  return hasKind<CimInterruption>(cause, "CimInterruption") && cause.outcomeUnknown;
}

function hasKind<T extends { kind: string }>(cause: unknown, kind: T["kind"]): cause is T {
  return typeof cause === "object" && cause !== null && (cause as Partial<T>).kind === kind;
}
