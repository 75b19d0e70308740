import { DiskError, isDiskError } from "../../disk/errors";
import { WBEM_E_INVALID_CLASS, WBEM_E_INVALID_NAMESPACE, WBEM_E_NOT_FOUND } from "./wbem-codes";

/** What a host says when it refuses a call. */
export interface CimFailure {
  readonly kind: "CimFailure";
  /** Such as 0x80041002, always unsigned; absent where the host gave none. */
  readonly hresult?: number | undefined;
  /**
   * The MI result (DMTF DSP0200 status): 2 access denied, 3 invalid namespace, 5 invalid class, 6
   * not found.
   */
  readonly nativeErrorCode?: number | undefined;
  /**
   * Never localised, such as
   * `HRESULT 0x80041002,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand`.
   */
  readonly fullyQualifiedErrorId: string;
  /**
   * PowerShell's category. `ObjectNotFound` also stands for a missing cmdlet: never take it for a
   * missing disk.
   */
  readonly category: string;
  /** In the language of the host: to be shown, never to be compared. */
  readonly message: string;
}

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
      HRESULT:
        failure.hresult === undefined
          ? undefined
          : `0x${failure.hresult.toString(16).toUpperCase()}`,
      "CIM status": failure.nativeErrorCode,
      "host message": failure.message.trim(),
    },
    remedy:
      "Check that the Hyper-V role is installed and that this account belongs to Hyper-V " +
      "Administrators.",
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
    ? "It is not known whether the host completed the request: check the disk before you repeat it."
    : details.remedy;
  return new DiskError(code, { ...details, remedy, cause });
}

/**
 * Whether a refusal proves that a class, or its whole namespace, does not exist.
 *
 * @param error what a session threw
 */
export function isMissingClass(error: unknown): boolean {
  const hresult = cimFailureOf(error)?.hresult;
  return hresult !== undefined && MISSING_CLASS_CODES.has(hresult);
}

/** Nothing else proves it, access denied least of all. */
const MISSING_CLASS_CODES: ReadonlySet<number> = new Set([
  WBEM_E_NOT_FOUND,
  WBEM_E_INVALID_NAMESPACE,
  WBEM_E_INVALID_CLASS,
]);

/** What the host said, where an error is its refusal. */
export function cimFailureOf(error: unknown): CimFailure | undefined {
  const cause = isDiskError(error) ? error.details.cause : undefined;
  return hasKind<CimFailure>(cause, "CimFailure") ? cause : undefined;
}

/**
 * Tells whether a failed call may nevertheless have been carried out. Then observe before repeating
 * it. False for calls that only read, and for those that never left.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  const cause = isDiskError(error) ? error.details.cause : undefined;
  return hasKind<CimInterruption>(cause, "CimInterruption") && cause.outcomeUnknown;
}

function hasKind<T extends { kind: string }>(cause: unknown, kind: T["kind"]): cause is T {
  return typeof cause === "object" && cause !== null && (cause as Partial<T>).kind === kind;
}
