import { collectRanges } from "../../../contract/contract-host";
import { failureOf } from "../../../support/failure-of";
import { useHosts } from "../../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const BASE = "C:\\disks\\base.vhdx";

/** A disk that is tracked, and the baseline of this moment. */
async function makeTracked(options: Parameters<typeof makeHost>[0] = {}) {
  const test = makeHost(options);
  await test.makeBase();
  test.host.tracking(BASE).enable();
  const takeBaseline = () =>
    ({ kind: "limitId", limitId: test.host.tracking(BASE).takeId() }) as const;
  return { ...test, takeBaseline, baseline: takeBaseline() };
}

describe("changes of a tracked disk", () => {
  it("are told since each of its limit ids", async () => {
    const { host, backend, baseline, takeBaseline } = await makeTracked();
    await host.writeContent(BASE, 0, new Uint8Array(512));
    const later = takeBaseline();
    await host.writeContent(BASE, 8192, new Uint8Array(1024));

    const sinceFirst = await collectRanges(await backend.queryChanges({ path: BASE, baseline }));
    const sinceLater = await collectRanges(
      await backend.queryChanges({ path: BASE, baseline: later }),
    );

    expect(sinceFirst).toEqual([
      { offsetBytes: 0, lengthBytes: 512 },
      { offsetBytes: 8192, lengthBytes: 1024 },
    ]);
    expect(sinceLater).toEqual([{ offsetBytes: 8192, lengthBytes: 1024 }]);
  });

  it("are told in full by a host whose answers are short", async () => {
    const { host, backend, baseline } = await makeTracked({ maxRangesPerAnswer: 3 });
    for (let index = 0; index < 20; index += 1) {
      await host.writeContent(BASE, index * 65536, new Uint8Array(512));
    }
    host.requests.length = 0;

    const ranges = await collectRanges(await backend.queryChanges({ path: BASE, baseline }));

    expect(ranges.map((range) => range.offsetBytes)).toEqual(
      Array.from({ length: 20 }, (_, index) => index * 65536),
    );
    expect(
      host.requests.filter((request) => request === "invoke GetVirtualDiskChanges").length,
    ).toBeGreaterThan(6);
  });

  it("are asked for again when a job took the first answer with it", async () => {
    const { host, backend, baseline } = await makeTracked();
    await host.writeContent(BASE, 0, new Uint8Array(512));
    host.inject({ at: "GetVirtualDiskChanges", how: { kind: "deferred" }, times: 2 });

    const ranges = await collectRanges(await backend.queryChanges({ path: BASE, baseline }));

    expect(ranges).toEqual([{ offsetBytes: 0, lengthBytes: 512 }]);
  });

  it("are not said to be none when jobs take every answer with them", async () => {
    const { host, backend, baseline } = await makeTracked();
    host.inject({ at: "GetVirtualDiskChanges", how: { kind: "deferred" }, times: 3 });

    const error = await failureOf(backend.queryChanges({ path: BASE, baseline }));

    expect(error.code).toBe("JobFailed");
  });

  it("are not told while the disk is busy", async () => {
    const { host, backend, baseline } = await makeTracked();
    host.inject({ at: "GetVirtualDiskChanges", how: { kind: "job fails", hresult: 0x80070020 } });

    const error = await failureOf(backend.queryChanges({ path: BASE, baseline }));

    expect(error.code).toBe("InUse");
  });
});

describe("a limit id that cannot be served", () => {
  it("is told apart by whether tracking is off, was started again or never knew it", async () => {
    const { host, backend, baseline } = await makeTracked();
    const codeOf = async (limitId: string): Promise<string> =>
      (
        await failureOf(
          backend.queryChanges({ path: BASE, baseline: { kind: "limitId", limitId } }),
        )
      ).code;

    const unknown = await codeOf("made up");
    host.touch(BASE);
    const changedOffline = await codeOf(baseline.limitId);
    host.tracking(BASE).disable();
    const disabled = await codeOf(baseline.limitId);
    host.tracking(BASE).enable();
    const startedAnew = await codeOf(baseline.limitId);

    expect({ unknown, changedOffline, disabled, startedAnew }).toEqual({
      unknown: "InvalidInput",
      changedOffline: "StaleLimitId",
      disabled: "TrackingDisabled",
      startedAnew: "StaleLimitId",
    });
  });

  it.each([{ kind: "parent" }, { kind: "ancestor", path: "C:\\disks\\older.vhdx" }] as const)(
    "is asked for instead of the baseline %j, which only files can answer",
    async (baseline) => {
      const { backend } = await makeTracked();

      const error = await failureOf(backend.queryChanges({ path: BASE, baseline }));

      expect(error.code).toBe("NotSupported");
      expect(error.message).toMatch(/limitId.*embedded/);
    },
  );
});
