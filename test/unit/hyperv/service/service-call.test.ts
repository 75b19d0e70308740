import { isOutcomeUnknown } from "../../../../provider/hyperv/cim/cim-failure";
import { cimString, cimUint64, textOf } from "../../../../provider/hyperv/cim/cim-values";
import { callMethod, callReader } from "../../../../provider/hyperv/service/service-call";
import { failureOf } from "../../../support/failure-of";
import {
  SERVICE,
  answer,
  byMethod,
  inTurn,
  jobInState,
  jobStarted,
  refusal,
  stubHost,
  stubSession,
} from "../../../support/stub-session";

const CALL = { target: SERVICE, method: "Method", arguments: {}, subject: "C:\\a.vhdx" };
const pickText = ({ outputs }: { outputs: Parameters<typeof textOf>[0] }) =>
  textOf(outputs, "SettingData");

describe("a method that changes something", () => {
  it("is done when it returns 0", async () => {
    const host = stubHost(stubSession({ invoke: inTurn(answer(0, { X: cimString("x") })) }));

    const result = await callMethod(host, CALL);

    expect(result).toEqual({ returnValue: 0, outputs: { X: cimString("x") } });
  });

  it("is done when its job is", async () => {
    const host = stubHost(
      stubSession({ invoke: inTurn(jobStarted()), get: inTurn(jobInState(4), jobInState(7)) }),
    );

    const result = await callMethod(host, CALL);

    expect(result.job).toEqual(jobInState(7));
  });

  it.each([
    [32769, "AccessDenied"],
    [32774, "InUse"],
    [4711, "JobFailed"],
  ])("fails when it returns %d", async (returnValue, code) => {
    const host = stubHost(stubSession({ invoke: inTurn(answer(returnValue)) }));

    const error = await failureOf(callMethod(host, CALL));

    expect(error.code).toBe(code);
    expect(error.message).toContain(`return value ${returnValue}`);
    expect(error.message).toContain("C:\\a.vhdx");
  });

  it("leaves its outcome unknown when it started a job that it does not name", async () => {
    const host = stubHost(stubSession({ invoke: inTurn(answer(4096)) }));

    const error = await failureOf(callMethod(host, CALL));

    expect(isOutcomeUnknown(error)).toBe(true);
  });

  it.each([
    [{ hresult: 0x80041003 }, "AccessDenied"],
    [{ hresult: 0x800706ba }, "HostUnreachable"],
    [{ nativeErrorCode: 2 }, "AccessDenied"],
    [{ hresult: 0x80131500, nativeErrorCode: 17 }, "NotSupported"],
    [{}, "Unavailable"],
  ])("fails by the number with which the host refused it: %j", async (failure, code) => {
    const host = stubHost(stubSession({ invoke: inTurn<never>(refusal(failure)) }));

    const error = await failureOf(callMethod(host, CALL));

    expect(error.code).toBe(code);
  });

  it("is told to the session as one that must not be repeated", async () => {
    const seen: boolean[] = [];
    const invoke = byMethod({
      Method: (call) => {
        seen.push(call.readOnly);
        return answer(0);
      },
    });

    await callMethod(stubHost(stubSession({ invoke })), CALL);
    await callReader(stubHost(stubSession({ invoke })), CALL, () => true);

    expect(seen).toEqual([false, true]);
  });
});

describe("a method that only reads", () => {
  const results = { SettingData: cimString("<INSTANCE/>") };

  it("gives what it returned at once", async () => {
    const host = stubHost(stubSession({ invoke: inTurn(answer(0, results)) }));

    const text = await callReader(host, CALL, pickText);

    expect(text).toBe("<INSTANCE/>");
  });

  it("is called again when it ran as a job and gave no results", async () => {
    const host = stubHost(
      stubSession({ invoke: inTurn(jobStarted(), answer(0, results)), get: inTurn(jobInState(7)) }),
    );

    const text = await callReader(host, CALL, pickText);

    expect(text).toBe("<INSTANCE/>");
  });

  it("is called again when its job disappeared", async () => {
    const host = stubHost(
      stubSession({
        invoke: inTurn(jobStarted(), answer(0, results)),
        get: inTurn<never>(refusal({ hresult: 0x80041002 })),
      }),
    );

    const text = await callReader(host, CALL, pickText);

    expect(text).toBe("<INSTANCE/>");
  });

  it("fails when it never gives results, rather than give an empty answer", async () => {
    let calls = 0;
    const host = stubHost(
      stubSession({
        invoke: () => {
          calls += 1;
          return Promise.resolve(jobStarted({ ProcessedByteLength: cimUint64(0) }));
        },
        get: inTurn(jobInState(7)),
      }),
    );

    const error = await failureOf(callReader(host, CALL, pickText));

    expect(error.code).toBe("JobFailed");
    expect(error.message).toContain("not the same as empty");
    expect(calls).toBe(3);
  });

  it("fails at once when its job fails", async () => {
    const failed = jobInState(10, {
      JobCompletionStatusCode: { type: "uint32", value: 0x80070020 },
    });
    const host = stubHost(
      stubSession({
        invoke: byMethod({ Method: () => jobStarted(), GetErrorEx: () => answer(0) }),
        get: inTurn(failed),
      }),
    );

    const error = await failureOf(callReader(host, CALL, pickText));

    expect(error.code).toBe("InUse");
  });

  it("says nobody how far its job is", async () => {
    const told: unknown[] = [];
    const session = stubSession({
      invoke: inTurn(jobStarted(results)),
      get: inTurn(jobInState(7)),
    });

    await callReader(
      stubHost(session, { onJobProgress: (progress) => told.push(progress) }),
      CALL,
      pickText,
    );

    expect(told).toEqual([]);
  });
});
