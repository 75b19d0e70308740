import { type CimFailure, createRefusedError } from "../../provider/hyperv/cim/cim-failure";
import type {
  CimInstance,
  CimMethodCall,
  CimMethodResult,
  CimProperties,
  CimQuery,
  CimReference,
  CimSession,
} from "../../provider/hyperv/cim/cim-session";
import { cimReference, cimString } from "../../provider/hyperv/cim/cim-values";
import type { JobHost, StartedJob } from "../../provider/hyperv/service/job-host";
import { InstantClock } from "./instant-clock";

/** A session whose answers a test writes by hand. What is not written refuses. */
export function stubSession(answers: Partial<CimSession> = {}): CimSession {
  const unexpected = (what: string) => () =>
    Promise.reject(new Error(`the test did not expect ${what}`));
  return {
    get: unexpected("get"),
    query: unexpected("query"),
    associated: unexpected("associated"),
    invoke: unexpected("invoke"),
    hasClass: unexpected("hasClass"),
    listMethods: unexpected("listMethods"),
    close: () => Promise.resolve(),
    ...answers,
  };
}

/** A host over a session, on which time passes at once. */
export function stubHost(
  session: CimSession,
  bounds: Partial<JobHost> = {},
): JobHost & { clock: InstantClock } {
  return {
    session,
    callTimeoutMs: 60_000,
    jobTimeoutMs: 600_000,
    onJobTimeout: "cancel",
    ...bounds,
    clock: new InstantClock(),
  };
}

/** What a method answers. */
export function answer(returnValue: number, outputs: CimProperties = {}): CimMethodResult {
  return { returnValue, outputs };
}

/** What a method answers that has started the job {@link JOB}. */
export function jobStarted(outputs: CimProperties = {}): CimMethodResult {
  return answer(4096, { Job: cimReference(JOB), ...outputs });
}

/** The job that stubs speak of. */
export const JOB: CimReference = {
  namespace: "root\\virtualization\\v2",
  className: "Msvm_StorageJob",
  keys: { InstanceID: cimString("5C1A-job") },
};

/** The same job, as whoever started it waits for it. */
export const STARTED_JOB: StartedJob = {
  reference: JOB,
  operation: "Service.Method",
  subject: "C:\\a.vhdx",
};

/** The service that stubs speak of. */
export const SERVICE: CimReference = {
  namespace: "root\\virtualization\\v2",
  className: "Msvm_ImageManagementService",
  keys: { Name: cimString("vhdsvc") },
};

/** The job in some state. */
export function jobInState(state: number, properties: CimProperties = {}): CimInstance {
  return {
    className: JOB.className,
    reference: JOB,
    properties: { JobState: { type: "uint16", value: state }, ...properties },
  };
}

/** The error of a request that the host refused with a number. */
export function refusal(failure: Partial<CimFailure>): Error {
  return createRefusedError(
    {
      kind: "CimFailure",
      fullyQualifiedErrorId: "",
      category: "NotSpecified",
      message: "nein",
      ...failure,
    },
    "a request",
  );
}

/** Answers one call after another; the last answer stays. */
export function inTurn<T>(...steps: readonly (T | Error)[]): () => Promise<T> {
  let index = 0;
  return () => {
    const step = steps[Math.min(index, steps.length - 1)];
    index += 1;
    return step instanceof Error ? Promise.reject(step) : Promise.resolve(step as T);
  };
}

/** Answers methods by their names. */
export function byMethod(
  methods: Readonly<
    Record<string, (call: CimMethodCall) => Promise<CimMethodResult> | CimMethodResult>
  >,
): CimSession["invoke"] {
  return async (call) => {
    const method = methods[call.method];
    if (method === undefined) {
      throw new Error(`the test did not expect ${call.method}`);
    }
    return method(call);
  };
}

/** Answers queries by their class. */
export function byClass(
  classes: Readonly<Record<string, readonly CimInstance[]>>,
): CimSession["query"] {
  return (query: CimQuery) => Promise.resolve(classes[query.className] ?? []);
}
