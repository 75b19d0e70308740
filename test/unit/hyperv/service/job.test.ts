import { isOutcomeUnknown } from "../../../../provider/hyperv/cim/cim-failure";
import { cimBoolean, cimString } from "../../../../provider/hyperv/cim/cim-values";
import { hostFailureOf } from "../../../../provider/hyperv/service/host-failure";
import { waitForJob } from "../../../../provider/hyperv/service/job";
import type { JobProgress, StartedJob } from "../../../../provider/hyperv/service/job-host";
import { DiskError } from "../../../../provider/disk/errors";
import { failureOf } from "../../../support/failure-of";
import {
  JOB,
  answer,
  byMethod,
  inTurn,
  jobInState,
  refusal,
  stubHost,
  stubSession,
} from "../../../support/stub-session";

const STARTED: StartedJob = { reference: JOB, operation: "Service.Method", subject: "C:\\a.vhdx" };
const NO_ERRORS = byMethod({ GetErrorEx: () => answer(0) });

describe("waiting for a job", () => {
  it.each([7, 32768])("ends well in state %d", async (state) => {
    const host = stubHost(stubSession({ get: inTurn(jobInState(state)) }));

    const job = await waitForJob(host, STARTED);

    expect(job).toEqual(jobInState(state));
  });

  it.each([2, 3, 4, 5, 11, 12, 4711])("goes on in state %d", async (state) => {
    const host = stubHost(stubSession({ get: inTurn(jobInState(state), jobInState(7)) }));

    await waitForJob(host, STARTED);

    expect(host.clock.delaysMs).toHaveLength(1);
  });

  it.each([8, 9, 10])("ends with an error in state %d", async (state) => {
    const host = stubHost(stubSession({ get: inTurn(jobInState(state)), invoke: NO_ERRORS }));

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.code).toBe("JobFailed");
    expect(isOutcomeUnknown(error)).toBe(false);
  });

  it("looks after 20 ms first and after 1 s at last", async () => {
    const running = Array.from({ length: 8 }, () => jobInState(4));
    const host = stubHost(stubSession({ get: inTurn(...running, jobInState(7)) }));

    await waitForJob(host, STARTED);

    expect(host.clock.delaysMs).toEqual([20, 40, 80, 160, 320, 640, 1000, 1000]);
  });

  it("says how far the job is whenever that changed", async () => {
    const at = (percent: number) =>
      jobInState(4, { PercentComplete: { type: "uint16", value: percent } });
    const told: JobProgress[] = [];
    const host = stubHost(
      stubSession({ get: inTurn(at(0), at(40), at(40), { ...at(100), ...jobInState(7) }) }),
      {
        onJobProgress: (progress) => told.push(progress),
      },
    );

    await waitForJob(host, STARTED);

    expect(told.map((progress) => progress.percentComplete)).toEqual([0, 40, 0]);
    expect(told[0]).toMatchObject({
      subject: "C:\\a.vhdx",
      operation: "Service.Method",
      jobId: "5C1A-job",
    });
  });
});

describe("a job that failed", () => {
  it("is explained by its completion status, whatever the language of its texts", async () => {
    const failed = jobInState(10, {
      JobCompletionStatusCode: { type: "uint32", value: 0x80070020 },
      ErrorCode: { type: "uint16", value: 32768 },
      ErrorDescription: cimString("Der Prozess kann nicht auf die Datei zugreifen."),
    });
    const host = stubHost(stubSession({ get: inTurn(failed), invoke: NO_ERRORS }));

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.code).toBe("InUse");
    expect(error.message).toContain("0x80070020");
    expect(error.message).toContain("Der Prozess kann nicht auf die Datei zugreifen.");
    expect(hostFailureOf(error)).toMatchObject({
      hresult: 0x80070020,
      returnValue: 32768,
      jobId: "5C1A-job",
    });
  });

  it("is explained by its error code where the status names no cause", async () => {
    const failed = jobInState(10, {
      JobCompletionStatusCode: { type: "uint32", value: 0x80004005 },
      ErrorCode: { type: "uint16", value: 32774 },
    });
    const host = stubHost(stubSession({ get: inTurn(failed), invoke: NO_ERRORS }));

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.code).toBe("InUse");
  });

  it("has failed also when it claims to have completed and carries an error code", async () => {
    const lying = jobInState(7, { ErrorCode: { type: "uint16", value: 32779 } });
    const host = stubHost(stubSession({ get: inTurn(lying), invoke: NO_ERRORS }));

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.code).toBe("NotFound");
  });

  it("passes on the errors that the host lists", async () => {
    const listed =
      '<INSTANCE CLASSNAME="Msvm_Error"><PROPERTY NAME="Message" ' +
      'TYPE="string"><VALUE>ファイルが見つかりません。</VALUE></PROPERTY></INSTANCE>';
    const host = stubHost(
      stubSession({
        get: inTurn(jobInState(10)),
        invoke: byMethod({
          GetErrorEx: () => answer(0, { Errors: { type: "string[]", value: [listed] } }),
        }),
      }),
    );

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.message).toContain("ファイルが見つかりません。");
  });

  it.each([
    ["is refused", () => Promise.reject(refusal({ hresult: 0x8004102e }))],
    ["started a job of its own", () => answer(4096)],
    ["is not XML", () => answer(0, { Errors: { type: "string[]", value: ["<oops"] } })],
  ] as const)("is explained by its own properties when its list of errors %s", async (_, list) => {
    const failed = jobInState(10, { ErrorDescription: cimString("Échec.") });
    const host = stubHost(
      stubSession({ get: inTurn(failed), invoke: byMethod({ GetErrorEx: list }) }),
    );

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.message).toContain("Échec.");
  });

  it("names the files of the link that broke", async () => {
    const failed = jobInState(10, {
      JobCompletionStatusCode: { type: "uint32", value: 0xc03a000d },
      Child: cimString("C:\\a.vhdx"),
      Parent: cimString("\\??\\C:\\gone.vhdx"),
    });
    const host = stubHost(stubSession({ get: inTurn(failed), invoke: NO_ERRORS }));

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.code).toBe("ParentNotFound");
    expect(error.message).toContain("\\??\\C:\\gone.vhdx");
  });
});

describe("a job that nobody can follow", () => {
  it("leaves its outcome unknown when it has disappeared", async () => {
    const host = stubHost(stubSession({ get: inTurn<never>(refusal({ hresult: 0x80041002 })) }));

    const error = await failureOf(waitForJob(host, STARTED));

    expect(isOutcomeUnknown(error)).toBe(true);
    expect(error.code).toBe("JobFailed");
  });

  it("is looked for again after a dropped connection", async () => {
    const dropped = new DiskError("SessionDropped", { what: "the session ended" });
    const host = stubHost(
      stubSession({ get: inTurn(jobInState(4), dropped, dropped, jobInState(7)) }),
    );

    const job = await waitForJob(host, STARTED);

    expect(job).toEqual(jobInState(7));
  });

  it("leaves its outcome unknown when the connection stays away", async () => {
    const host = stubHost(
      stubSession({
        get: inTurn<never>(new DiskError("HostUnreachable", { what: "nobody there" })),
      }),
    );

    const error = await failureOf(waitForJob(host, STARTED));

    expect(isOutcomeUnknown(error)).toBe(true);
    expect(error.code).toBe("SessionDropped");
  });
});

describe("a job that takes too long", () => {
  const endless = jobInState(4, { Cancellable: cimBoolean(true) });

  it("is cancelled, and its end is waited for", async () => {
    let cancelled = false;
    const host = stubHost(
      stubSession({
        get: () => Promise.resolve(cancelled ? jobInState(8) : endless),
        invoke: byMethod({
          RequestStateChange: (call) => {
            expect(call.arguments).toEqual({ RequestedState: { type: "uint16", value: 4 } });
            cancelled = true;
            return answer(4096);
          },
        }),
      }),
      { jobTimeoutMs: 5000 },
    );

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.code).toBe("Timeout");
    expect(isOutcomeUnknown(error)).toBe(false);
  });

  it("has succeeded when it was done before the cancellation took effect", async () => {
    let cancelled = false;
    const host = stubHost(
      stubSession({
        get: () => Promise.resolve(cancelled ? jobInState(7) : endless),
        invoke: byMethod({
          RequestStateChange: () => {
            cancelled = true;
            return answer(0);
          },
        }),
      }),
      { jobTimeoutMs: 5000 },
    );

    const job = await waitForJob(host, STARTED);

    expect(job).toEqual(jobInState(7));
  });

  it.each([
    [
      "does not let itself be cancelled",
      jobInState(4, { Cancellable: cimBoolean(false) }),
      answer(0),
    ],
    ["refuses to be cancelled", endless, answer(32775)],
    ["goes on after it was cancelled", endless, answer(0)],
  ])("leaves its outcome unknown when it %s", async (_, instance, reply) => {
    const host = stubHost(
      stubSession({ get: inTurn(instance), invoke: byMethod({ RequestStateChange: () => reply }) }),
      { jobTimeoutMs: 5000 },
    );

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.code).toBe("Timeout");
    expect(error.message).toContain("5C1A-job");
    expect(isOutcomeUnknown(error)).toBe(true);
  });

  it("is left to itself where that is asked for", async () => {
    const host = stubHost(stubSession({ get: inTurn(endless) }), {
      jobTimeoutMs: 5000,
      onJobTimeout: "leave",
    });

    const error = await failureOf(waitForJob(host, STARTED));

    expect(isOutcomeUnknown(error)).toBe(true);
  });

  it("is cancelled as well when the caller gives up", async () => {
    let cancelled = false;
    const signal = AbortSignal.abort();
    const host = stubHost(
      stubSession({
        get: () => Promise.resolve(cancelled ? jobInState(9) : endless),
        invoke: byMethod({
          RequestStateChange: () => {
            cancelled = true;
            return answer(0);
          },
        }),
      }),
      { signal },
    );

    const error = await failureOf(waitForJob(host, STARTED));

    expect(error.message).toContain("was cancelled");
  });
});
