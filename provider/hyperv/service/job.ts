import { type DiskError, isDiskError } from "../../disk/errors";
import { cimFailureOf, createInterruptedError } from "../cim/cim-failure";
import { WBEM_E_NOT_FOUND } from "../cim/wbem-codes";
import type { CimInstance } from "../cim/cim-session";
import { booleanOf, cimUint16, numberOf } from "../cim/cim-values";
import { createJobError } from "./job-failure";
import { type JobHost, type StartedJob, jobIdOf } from "./job-host";
import { RETURN_COMPLETED, RETURN_JOB_STARTED } from "./codes/return-values";

/**
 * Completed; completed with warnings. Every state that is in neither list is still going, unknown
 * ones too.
 */
const SUCCESS_STATES: ReadonlySet<number> = new Set([7, 32768]);
/** Terminated, killed, exception. */
const FAILURE_STATES: ReadonlySet<number> = new Set([8, 9, 10]);
const COMPLETED = 7;
const REQUEST_TERMINATE = 4;

const FIRST_DELAY_MS = 2;
const LONGEST_DELAY_MS = 1000;
/** How long a job gets to end after it was asked to. */
const CANCEL_GRACE_MS = 10_000;
/** How often in a row a job may be unreadable because the connection failed. */
const MAX_FAILED_READS = 3;

/**
 * Waits until a job has ended.
 *
 * @returns the job as it was last read
 * @throws what its numbers mean, when it failed; Timeout when it was still going at its deadline;
 *   where nobody can tell what became of it, an error that `isOutcomeUnknown` recognises: look at
 *   the disk before anything is repeated
 * @see Msvm_StorageJob, CIM_ConcreteJob
 */
export async function waitForJob(host: JobHost, job: StartedJob): Promise<CimInstance> {
  let deadline = host.clock.now() + host.jobTimeoutMs;
  let delayMs = FIRST_DELAY_MS;
  let told: number | undefined;
  let cancelled = false;
  for (;;) {
    const instance = await readJob(host, job);
    const state = numberOf(instance.properties, "JobState") ?? 0;
    told = tellProgress(host, job, instance, told);
    if (SUCCESS_STATES.has(state) && !hasError(instance, state)) {
      return instance;
    }
    if (SUCCESS_STATES.has(state) || FAILURE_STATES.has(state)) {
      throw cancelled ? timedOut(host, job, false) : await createJobError(host, job, instance);
    }
    if (host.clock.now() >= deadline || host.signal?.aborted === true) {
      if (cancelled || !(await requestCancel(host, job, instance))) {
        throw timedOut(host, job, true);
      }
      cancelled = true;
      deadline = host.clock.now() + CANCEL_GRACE_MS;
    }
    await host.clock.wait(
      Math.max(1, Math.min(delayMs, deadline - host.clock.now())),
      cancelled ? undefined : host.signal,
    );
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  }
}

/**
 * A job that claims to have completed and carries an error code all the same has not done its work.
 */
function hasError(instance: CimInstance, state: number): boolean {
  return state === COMPLETED && (numberOf(instance.properties, "ErrorCode") ?? 0) !== 0;
}

/** Reads a job again. Its reference holds nothing but keys. */
async function readJob(host: JobHost, job: StartedJob): Promise<CimInstance> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await host.session.get(job.reference, { timeoutMs: host.callTimeoutMs });
    } catch (error) {
      if (failures >= MAX_FAILED_READS || !isConnectionFailure(error)) {
        throw lostSight(job, error);
      }
    }
    // The job goes on without us: its reference is good for the next session as well.
    await host.clock.wait(LONGEST_DELAY_MS);
  }
}

function isConnectionFailure(error: unknown): boolean {
  return (["SessionDropped", "HostUnreachable", "Timeout"] as const).some((code) =>
    isDiskError(error, code),
  );
}

function lostSight(job: StartedJob, cause: unknown): DiskError {
  const vanished = cimFailureOf(cause)?.hresult === WBEM_E_NOT_FOUND;
  return createInterruptedError(
    vanished ? "JobFailed" : "SessionDropped",
    {
      what: vanished
        ? "the job disappeared before its result was known"
        : "the job can no longer be followed",
      subject: job.subject,
      facts: { operation: job.operation, job: jobIdOf(job) },
      cause,
    },
    true,
  );
}

function tellProgress(
  host: JobHost,
  job: StartedJob,
  instance: CimInstance,
  told: number | undefined,
): number {
  const percentComplete = Math.min(100, numberOf(instance.properties, "PercentComplete") ?? 0);
  if (percentComplete !== told) {
    host.onJobProgress?.({
      subject: job.subject,
      operation: job.operation,
      jobId: jobIdOf(job),
      percentComplete,
    });
  }
  return percentComplete;
}

/** @returns whether the host took the request: the job's end is then worth waiting for */
async function requestCancel(
  host: JobHost,
  job: StartedJob,
  instance: CimInstance,
): Promise<boolean> {
  if (host.onJobTimeout === "leave" || booleanOf(instance.properties, "Cancellable") === false) {
    return false;
  }
  try {
    const { returnValue } = await host.session.invoke(
      {
        target: job.reference,
        method: "RequestStateChange",
        // Without TimeoutPeriod: hosts refuse every value for it.
        arguments: { RequestedState: cimUint16(REQUEST_TERMINATE) },
        readOnly: false,
      },
      { timeoutMs: host.callTimeoutMs },
    );
    return returnValue === RETURN_COMPLETED || returnValue === RETURN_JOB_STARTED;
  } catch {
    return false;
  }
}

function timedOut(host: JobHost, job: StartedJob, outcomeUnknown: boolean): DiskError {
  const interrupted = host.signal?.aborted === true;
  return createInterruptedError(
    "Timeout",
    {
      what: interrupted ? "the wait for the job was cancelled" : "the job took too long",
      subject: job.subject,
      facts: {
        operation: job.operation,
        job: jobIdOf(job),
        timeoutMs: interrupted ? undefined : host.jobTimeoutMs,
        cancelled: !outcomeUnknown,
      },
      remedy:
        "The host cancelled the job. Check the load of its storage, or allow more time for jobs, " +
        "then try again.",
    },
    outcomeUnknown,
  );
}
