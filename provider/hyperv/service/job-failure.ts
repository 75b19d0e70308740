import type { DiskError } from "../../disk/errors";
import type { CimInstance } from "../cim/cim-session";
import { numberOf, textOf, textsOf } from "../cim/cim-values";
import { parseEmbeddedInstance } from "../cim/embedded-instance";
import type { CodeMeaning } from "./codes/code-meaning";
import { createHostError } from "./host-failure";
import { type JobHost, type StartedJob, jobIdOf } from "./job-host";
import { explainHresult, explainReturnValue, normalizeHresult } from "./codes/explain-code";
import { RETURN_COMPLETED, RETURN_FAILED } from "./codes/return-values";

/**
 * Makes the error of a job that has failed. Its code comes from numbers alone; what the host wrote
 * about it, in its own language, is passed on to be read.
 *
 * @param instance the job as it was last read
 */
export async function createJobError(
  host: JobHost,
  job: StartedJob,
  instance: CimInstance,
): Promise<DiskError> {
  const { properties } = instance;
  const status = numberOf(properties, "JobCompletionStatusCode");
  const returnValue = numberOf(properties, "ErrorCode");
  return createHostError(meaningOf(status, returnValue), job.subject, {
    operation: job.operation,
    returnValue: returnValue === 0 ? undefined : returnValue,
    hresult: status === undefined || status === 0 ? undefined : normalizeHresult(status),
    childPath: textOf(properties, "Child"),
    parentPath: textOf(properties, "Parent"),
    jobId: jobIdOf(job),
    messages: await readMessages(host, job, instance),
  });
}

/** The HRESULT is the more precise of the two numbers, where it names a cause at all. */
function meaningOf(status: number | undefined, returnValue: number | undefined): CodeMeaning {
  const byStatus = status === undefined ? undefined : explainHresult(status);
  return (
    byStatus ??
    explainReturnValue(returnValue === undefined || returnValue === 0 ? RETURN_FAILED : returnValue)
  );
}

/**
 * What the host wrote about a failed job: its list of errors, or else the texts of the job itself.
 */
async function readMessages(
  host: JobHost,
  job: StartedJob,
  instance: CimInstance,
): Promise<readonly string[]> {
  const listed = await readErrors(host, job);
  if (listed.length > 0) {
    return listed;
  }
  const texts = ["ErrorDescription", "ErrorSummaryDescription"].map((name) =>
    textOf(instance.properties, name),
  );
  return texts.filter((text) => text !== undefined && text !== "") as string[];
}

/**
 * @returns none where the host has no list; the lack of an explanation must not hide the failure
 */
async function readErrors(host: JobHost, job: StartedJob): Promise<readonly string[]> {
  try {
    const { returnValue, outputs } = await host.session.invoke(
      { target: job.reference, method: "GetErrorEx", arguments: {}, readOnly: true },
      { timeoutMs: host.callTimeoutMs },
    );
    const errors = returnValue === RETURN_COMPLETED ? (textsOf(outputs, "Errors") ?? []) : [];
    return errors.flatMap(
      (text) => textOf(parseEmbeddedInstance(text, "Msvm_Error").properties, "Message") ?? [],
    );
  } catch {
    return [];
  }
}
