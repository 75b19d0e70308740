import { DiskError, isDiskError } from "../../disk/errors";
import { type CimFailure, cimFailureOf } from "../cim/cim-failure";
import type { CodeMeaning } from "./codes/code-meaning";
import { explainMiResult, formatHresult, lookUpHresult } from "./codes/explain-code";

/**
 * What a method or a job of the host reported, in numbers. Kept as `cause` of the error made from
 * it.
 */
export interface HostFailure {
  readonly kind: "HostFailure";
  /** Such as `Msvm_ImageManagementService.CreateVirtualHardDisk`. */
  readonly operation: string;
  /** What the method returned, or the error code of its job. */
  readonly returnValue?: number | undefined;
  /** Unsigned; the completion status of the job. */
  readonly hresult?: number | undefined;
  /** The instance id of the job. */
  readonly jobId?: string | undefined;
  /** The two disks of the link at which a chain is broken, where a job named them. */
  readonly childPath?: string | undefined;
  readonly parentPath?: string | undefined;
  /** In the language of the host: to be shown, never to be compared. */
  readonly messages?: readonly string[] | undefined;
}

/**
 * Makes the error of a method or job that failed.
 *
 * @param meaning what its number means
 * @param subject nearly always the path of a disk
 */
export function createHostError(
  meaning: CodeMeaning,
  subject: string,
  failure: Omit<HostFailure, "kind">,
): DiskError {
  const said = failure.messages
    ?.map((message) => message.trim())
    .filter((message) => message !== "");
  return new DiskError(meaning.code, {
    what: meaning.what,
    subject,
    facts: {
      operation: failure.operation,
      "return value": failure.returnValue,
      HRESULT: failure.hresult === undefined ? undefined : formatHresult(failure.hresult),
      child: failure.childPath,
      parent: failure.parentPath,
      job: failure.jobId,
      "host message": said === undefined || said.length === 0 ? undefined : said.join(" "),
    },
    remedy: meaning.remedy,
    cause: { kind: "HostFailure", ...failure } satisfies HostFailure,
  });
}

/** What a method or job reported, where an error was made from it. */
export function hostFailureOf(error: unknown): HostFailure | undefined {
  const cause = isDiskError(error)
    ? (error.details.cause as Partial<HostFailure> | null | undefined)
    : undefined;
  return cause?.kind === "HostFailure" ? (cause as HostFailure) : undefined;
}

/**
 * Gives the refusal of a whole request the code that its number means. Where it has no known
 * meaning, and for errors of every other kind, the error passes unchanged.
 *
 * @param error what a `CimSession` threw
 * @param subject what the request was about
 */
export function explainRefusal(error: unknown, subject: string): unknown {
  const failure = cimFailureOf(error);
  const meaning = failure === undefined ? undefined : meaningOf(failure);
  if (failure === undefined || meaning === undefined) {
    return error;
  }
  return new DiskError(meaning.code, {
    what: meaning.what,
    subject,
    facts: {
      HRESULT: failure.hresult === undefined ? undefined : formatHresult(failure.hresult),
      "CIM status": failure.nativeErrorCode,
      "host message": failure.message.trim(),
    },
    remedy: meaning.remedy,
    cause: failure,
  });
}

function meaningOf(failure: CimFailure): CodeMeaning | undefined {
  const byHresult = failure.hresult === undefined ? undefined : lookUpHresult(failure.hresult);
  return (
    byHresult ??
    (failure.nativeErrorCode === undefined ? undefined : explainMiResult(failure.nativeErrorCode))
  );
}
