/**
 * The port between this backend and whatever speaks CIM to a host. A transport is one folder behind
 * it, such as powershell/; tests bring a simulated host.
 *
 * This folder knows CIM and nothing of disks: the port, its typed values, and what a refusal is. It
 * is needed by every transport and needs none of them. Read service/ next: it drives
 * `Msvm_ImageManagementService` over this port.
 *
 * Every method throws `DiskError` and nothing else:
 * - what the host itself refused is `Unavailable`, and `cimFailureOf` returns its numbers. Its
 *   texts are localised: decide by numbers alone;
 * - `HostUnreachable`: no session was opened, the request never left; `NotSupported`: that host
 *   speaks no CIM;
 * - `Timeout` and `SessionDropped`: ask `isOutcomeUnknown` before anything is repeated.
 *
 * A session serves any number of calls at once. They reach the host one after another; calls that
 * only read may overtake.
 */
export interface CimSession {
  /**
   * Reads one instance by its keys, such as a job that a method named.
   *
   * @throws Unavailable with `WBEM_E_NOT_FOUND` when nothing has these keys
   */
  get(reference: CimReference, options: CimCallOptions): Promise<CimInstance>;

  /**
   * Reads all instances of a class whose properties have given values.
   *
   * @returns in the host's order. Empty also when the host hides all of them from this account (UAC
   *   filtering): nothing can be concluded from an empty answer about a `Msvm_` class
   */
  query(query: CimQuery, options: CimCallOptions): Promise<readonly CimInstance[]>;

  /**
   * Reads the instances of one class that are associated with an instance, such as the results of a
   * job.
   */
  associated(query: CimAssociationQuery, options: CimCallOptions): Promise<readonly CimInstance[]>;

  /**
   * Calls a method. A return value other than 0 is an answer, not an exception.
   *
   * @throws as all methods; and where `call.readOnly` is false, an interruption leaves the outcome
   *   unknown
   */
  invoke(call: CimMethodCall, options: CimCallOptions): Promise<CimMethodResult>;

  /**
   * Tells whether a class exists.
   *
   * @returns false only when the host says that the namespace or the class is not there
   * @throws for every other reason not to know, access denied above all
   */
  hasClass(namespace: string, className: string, options: CimCallOptions): Promise<boolean>;

  /**
   * Names the methods that a class declares and inherits, as the host has it.
   *
   * @throws as {@link hasClass}, and for a class that does not exist: see `isMissingClass`
   */
  listMethods(
    namespace: string,
    className: string,
    options: CimCallOptions,
  ): Promise<readonly string[]>;

  /**
   * Ends the session and everything it started; calls under way fail with `SessionDropped`.
   * Idempotent.
   */
  close(): Promise<void>;
}

/** Bounds for one call. */
export interface CimCallOptions {
  /**
   * How long the host may work on this call once its turn has come. Whole milliseconds, at least 1.
   */
  readonly timeoutMs: number;
  /**
   * Ends the waiting, not the work of the host: a method it has begun goes on, and its outcome is
   * unknown.
   */
  readonly signal?: AbortSignal | undefined;
}

/** Which instances to read: those of a class where each named property equals its value. */
export interface CimQuery {
  readonly namespace: string;
  readonly className: string;
  /**
   * All must hold; all instances where absent. Texts compare without regard to case, as WQL does.
   */
  readonly where?: Readonly<Record<string, string | number | bigint | boolean>> | undefined;
  /**
   * Which properties to read, the keys among them; all where absent. A host works out each one that
   * is asked for, which for a file can take longer than finding it.
   */
  readonly properties?: readonly string[] | undefined;
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
   * By parameter name, each with the type its declaration asks for: booleans, integers, texts,
   * lists of these, and references. Leave out what shall be NULL; an embedded instance is a
   * `string`, see embedded-instance.ts.
   */
  readonly arguments: CimProperties;
  /**
   * True when calling it twice does no more than calling it once. Such a call may be repeated by
   * the session itself.
   */
  readonly readOnly: boolean;
}

/** What a method answered. */
export interface CimMethodResult {
  /** 0 to 4294967295. */
  readonly returnValue: number;
  /**
   * The out parameters the host filled, by name; parameters it left NULL may be absent or have the
   * value null.
   */
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

/**
 * A typed value; `null` where the host has none. An array is told by the suffix `[]` of its type.
 */
export type CimValue =
  | Scalar<"boolean", boolean>
  | Scalar<CimSmallIntegerType | "real32" | "real64", number>
  | Scalar<"uint64" | "sint64", bigint>
  /**
   * A datetime or interval has 25 characters: `20260131235959.000000+060`,
   * `00000001022334.000000:000`.
   */
  | Scalar<"string" | "char16" | "datetime", string>
  | Scalar<"reference", CimReference>
  | Scalar<"instance", CimInstance>;

type Scalar<Type extends string, Value> =
  | { readonly type: Type; readonly value: Value | null }
  | { readonly type: `${Type}[]`; readonly value: readonly Value[] | null };

/** The name of a CIM type, as `uint64` or `string[]`. */
export type CimType = CimValue["type"];
