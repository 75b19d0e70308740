import { DiskError } from "../../../../provider/disk/errors";
import { isOutcomeUnknown } from "../../../../provider/hyperv/cim/cim-failure";
import { cimBoolean } from "../../../../provider/hyperv/cim/cim-values";
import { waitForJob } from "../../../../provider/hyperv/service/job";
import { failureOf } from "../../../support/failure-of";
import {
  STARTED_JOB,
  answer,
  byMethod,
  inTurn,
  jobInState,
  refusal,
  stubHost,
  stubSession,
} from "../../../support/stub-session";

describe("a job that nobody can follow", () => {
  it("leaves its outcome unknown when it has disappeared", async () => {
    const host = stubHost(stubSession({ get: inTurn<never>(refusal({ hresult: 0x80041002 })) }));

    const error = await failureOf(waitForJob(host, STARTED_JOB));

    expect(isOutcomeUnknown(error)).toBe(true);
    expect(error.code).toBe("JobFailed");
  });

  it("is looked for again after a dropped connection", async () => {
    const dropped = new DiskError("SessionDropped", { what: "the session ended" });
    const host = stubHost(
      stubSession({ get: inTurn(jobInState(4), dropped, dropped, jobInState(7)) }),
    );

    const job = await waitForJob(host, STARTED_JOB);

    expect(job).toEqual(jobInState(7));
  });

  it("leaves its outcome unknown when the connection stays away", async () => {
    const host = stubHost(
      stubSession({
        get: inTurn<never>(new DiskError("HostUnreachable", { what: "nobody there" })),
      }),
    );

    const error = await failureOf(waitForJob(host, STARTED_JOB));

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

    const error = await failureOf(waitForJob(host, STARTED_JOB));

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

    const job = await waitForJob(host, STARTED_JOB);

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

    const error = await failureOf(waitForJob(host, STARTED_JOB));

    expect(error.code).toBe("Timeout");
    expect(error.message).toContain("5C1A-job");
    expect(isOutcomeUnknown(error)).toBe(true);
  });

  it("is left to itself where that is asked for", async () => {
    const host = stubHost(stubSession({ get: inTurn(endless) }), {
      jobTimeoutMs: 5000,
      onJobTimeout: "leave",
    });

    const error = await failureOf(waitForJob(host, STARTED_JOB));

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

    const error = await failureOf(waitForJob(host, STARTED_JOB));

    expect(error.message).toContain("was cancelled");
  });
});
