import { DiskError } from "../../disk/errors";
import { createInterruptedError, isOutcomeUnknown } from "../cim/cim-failure";
import type { CimInstance, CimProperties, CimReference } from "../cim/cim-session";
import { referenceOf } from "../cim/cim-values";
import { invokeMethod } from "./ask-host";
import { createHostError } from "./host-failure";
import { waitForJob } from "./job";
import type { JobHost } from "./job-host";
import type { CodeMeaning } from "./codes/code-meaning";
import { explainReturnValue } from "./codes/explain-code";
import { RETURN_COMPLETED, RETURN_JOB_STARTED } from "./codes/return-values";

/** A method of one of the host's services. */
export interface ServiceCall {
  readonly target: CimReference;
  readonly method: string;
  readonly arguments: CimProperties;
  /** What it works on, for messages: nearly always the path of a disk. */
  readonly subject: string;
  /** Return values besides 0 and 4096 that are answers, not failures. */
  readonly answers?: readonly number[];
  /** What other return values mean; as for the image management service where absent. */
  readonly explain?: (returnValue: number) => CodeMeaning;
}

/** What came of a method that has done its work, whether at once or in a job. */
export interface ServiceResult {
  readonly returnValue: number;
  readonly outputs: CimProperties;
  /** The ended job that did the work; its associations lead to the results. */
  readonly job?: CimInstance;
}

/** How often a reading method is called again that ran as a job and gave no results. */
const MAX_READ_ATTEMPTS = 3;

/**
 * Calls a method that changes something, and waits for its job where it started one.
 *
 * @throws what the return value or the job means; an error that `isOutcomeUnknown` recognises where
 *   the work may have been done all the same
 */
export async function callMethod(host: JobHost, call: ServiceCall): Promise<ServiceResult> {
  return runMethod(host, call, false);
}

/**
 * Calls a method that only reads. The results of such a method are what it returned at once: those
 * of one that ran as a job are lost, so it is called again, a bounded number of times.
 *
 * @param pick takes the answer out of the result; `undefined` where there is none
 * @throws what the return value or the job means; JobFailed when it never gave an answer, which is
 *   not an empty answer
 */
export async function callReader<T>(
  host: JobHost,
  call: ServiceCall,
  pick: (result: ServiceResult) => T | undefined,
): Promise<T> {
  for (let attempt = 1; attempt <= MAX_READ_ATTEMPTS; attempt += 1) {
    const result = await tryRead(host, call);
    const answer = result === undefined ? undefined : pick(result);
    if (answer !== undefined) {
      return answer;
    }
  }
  throw new DiskError("JobFailed", {
    what: "the host never sent the results that it announced",
    subject: call.subject,
    facts: { operation: operationOf(call), attempts: MAX_READ_ATTEMPTS },
    remedy: "The result is unknown, which is not the same as empty. Try again.",
  });
}

/** @returns `undefined` where the job disappeared: reading once more does no harm */
async function tryRead(host: JobHost, call: ServiceCall): Promise<ServiceResult | undefined> {
  try {
    // Only work that changes something is worth telling about while it goes on.
    return await runMethod({ ...host, onJobProgress: undefined }, call, true);
  } catch (error) {
    if (isOutcomeUnknown(error) && (error as DiskError).code === "JobFailed") {
      return undefined;
    }
    throw error;
  }
}

async function runMethod(
  host: JobHost,
  call: ServiceCall,
  readOnly: boolean,
): Promise<ServiceResult> {
  const { target, method, subject } = call;
  const request = { target, method, arguments: call.arguments, readOnly };
  const { returnValue, outputs } = await invokeMethod(host, request, subject);
  if (returnValue === RETURN_COMPLETED || call.answers?.includes(returnValue) === true) {
    return { returnValue, outputs };
  }
  if (returnValue !== RETURN_JOB_STARTED) {
    const operation = operationOf(call);
    throw createHostError((call.explain ?? explainReturnValue)(returnValue), call.subject, {
      operation,
      returnValue,
    });
  }
  const reference = referenceOf(outputs, "Job");
  if (reference === undefined) {
    throw unnamedJob(call);
  }
  const job = await waitForJob(host, {
    reference,
    operation: operationOf(call),
    subject: call.subject,
  });
  return { returnValue, outputs, job };
}

function unnamedJob(call: ServiceCall): DiskError {
  return createInterruptedError(
    "JobFailed",
    {
      what: "the host started a job, but did not identify it",
      subject: call.subject,
      facts: { operation: operationOf(call) },
    },
    true,
  );
}

function operationOf(call: ServiceCall): string {
  return `${call.target.className}.${call.method}`;
}
