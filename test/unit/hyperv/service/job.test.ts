import { isOutcomeUnknown } from "../../../../provider/hyperv/cim/cim-failure";
import { cimString } from "../../../../provider/hyperv/cim/cim-values";
import { hostFailureOf } from "../../../../provider/hyperv/service/host-failure";
import { waitForJob } from "../../../../provider/hyperv/service/job";
import type { JobProgress } from "../../../../provider/hyperv/service/job-host";
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

const NO_ERRORS = byMethod({ GetErrorEx: () => answer(0) });

describe("waiting for a job", () => {
  it.each([7, 32768])("ends well in state %d", async (state) => {
    const host = stubHost(stubSession({ get: inTurn(jobInState(state)) }));

    const job = await waitForJob(host, STARTED_JOB);

    expect(job).toEqual(jobInState(state));
  });

  it.each([2, 3, 4, 5, 11, 12, 4711])("goes on in state %d", async (state) => {
    const host = stubHost(stubSession({ get: inTurn(jobInState(state), jobInState(7)) }));

    await waitForJob(host, STARTED_JOB);

    expect(host.clock.delaysMs).toHaveLength(1);
  });

  it.each([8, 9, 10])("ends with an error in state %d", async (state) => {
    const host = stubHost(stubSession({ get: inTurn(jobInState(state)), invoke: NO_ERRORS }));

    const error = await failureOf(waitForJob(host, STARTED_JOB));

    expect(error.code).toBe("JobFailed");
    expect(isOutcomeUnknown(error)).toBe(false);
  });

  it("looks after 2 ms first and after 1 s at last", async () => {
    const running = Array.from({ length: 11 }, () => jobInState(4));
    const host = stubHost(stubSession({ get: inTurn(...running, jobInState(7)) }));

    await waitForJob(host, STARTED_JOB);

    expect(host.clock.delaysMs).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000]);
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

    await waitForJob(host, STARTED_JOB);

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

    const error = await failureOf(waitForJob(host, STARTED_JOB));

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

    const error = await failureOf(waitForJob(host, STARTED_JOB));

    expect(error.code).toBe("InUse");
  });

  it("has failed also when it claims to have completed and carries an error code", async () => {
    const lying = jobInState(7, { ErrorCode: { type: "uint16", value: 32779 } });
    const host = stubHost(stubSession({ get: inTurn(lying), invoke: NO_ERRORS }));

    const error = await failureOf(waitForJob(host, STARTED_JOB));

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

    const error = await failureOf(waitForJob(host, STARTED_JOB));

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

    const error = await failureOf(waitForJob(host, STARTED_JOB));

    expect(error.message).toContain("Échec.");
  });

  it("names the files of the link that broke", async () => {
    const failed = jobInState(10, {
      JobCompletionStatusCode: { type: "uint32", value: 0xc03a000d },
      Child: cimString("C:\\a.vhdx"),
      Parent: cimString("\\??\\C:\\gone.vhdx"),
    });
    const host = stubHost(stubSession({ get: inTurn(failed), invoke: NO_ERRORS }));

    const error = await failureOf(waitForJob(host, STARTED_JOB));

    expect(error.code).toBe("ParentNotFound");
    expect(error.message).toContain("\\??\\C:\\gone.vhdx");
  });
});
