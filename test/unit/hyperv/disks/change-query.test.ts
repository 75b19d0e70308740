import * as fc from "fast-check";
import type { ChangeQuery } from "../../../../provider/disk/backend";
import {
  type ChangedRange,
  clipRange,
  endOf,
  normalizeRanges,
} from "../../../../provider/disk/ranges";
import { openChangeQuery } from "../../../../provider/hyperv/disks/change-query";
import type {
  ChangesAnswer,
  ChangesRequest,
  ImageService,
} from "../../../../provider/hyperv/service/image-service";
import { collectRanges } from "../../../contract/contract-host";
import { failureOf } from "../../../support/failure-of";

const MIB = 1024 * 1024;
const DISK = { path: "C:\\a.vhdx", sizeBytes: 64 * MIB, sectorSizeBytes: 512, identityText: "a" };
const BASELINE = { kind: "limitId", limitId: "rct:1" } as const;

/** A service that answers change queries by a function, and keeps what it was asked. */
function serviceThat(
  answer: (request: ChangesRequest) => ChangesAnswer,
): ImageService & { readonly asked: ChangesRequest[] } {
  const asked: ChangesRequest[] = [];
  const getVirtualDiskChanges = (request: ChangesRequest): Promise<ChangesAnswer> => {
    asked.push(request);
    return Promise.resolve(answer(request));
  };
  return { asked, getVirtualDiskChanges } as Partial<ImageService> as ImageService & {
    asked: ChangesRequest[];
  };
}

function answerOf(
  processedBytes: number | bigint,
  ranges: readonly (readonly [number, number])[],
): ChangesAnswer {
  return {
    processedBytes: BigInt(processedBytes),
    offsetsBytes: ranges.map(([offset]) => BigInt(offset)),
    lengthsBytes: ranges.map(([, length]) => BigInt(length)),
  };
}

const nothing: ChangesAnswer = {
  processedBytes: undefined,
  offsetsBytes: undefined,
  lengthsBytes: undefined,
};

async function query(
  service: ImageService,
  window: Partial<ChangeQuery> = {},
  chunkSizeBytes = 1024 * MIB,
): Promise<ChangedRange[]> {
  const given = { path: DISK.path, baseline: BASELINE, ...window } as const;
  return collectRanges(
    await openChangeQuery(
      service,
      DISK,
      given as typeof given & { baseline: typeof BASELINE },
      chunkSizeBytes,
    ),
  );
}

describe("asking a host for changes", () => {
  it("goes on where the host stopped, until the window is covered", async () => {
    const service = serviceThat(({ offsetBytes }) => answerOf(16 * MIB, [[offsetBytes, 512]]));

    const ranges = await query(service);

    expect(service.asked.map((request) => request.offsetBytes)).toEqual([
      0,
      16 * MIB,
      32 * MIB,
      48 * MIB,
    ]);
    expect(ranges).toHaveLength(4);
  });

  it("asks for less than the whole disk at a time, as the host's documentation demands", async () => {
    const service = serviceThat(({ lengthBytes }) => answerOf(lengthBytes, []));

    await query(service);

    expect(service.asked.map((request) => request.lengthBytes)).toEqual([63 * MIB, MIB]);
  });

  it("asks for no more than a chunk at a time", async () => {
    const service = serviceThat(({ lengthBytes }) => answerOf(lengthBytes, []));

    await query(service, { offsetBytes: MIB, lengthBytes: 20 * MIB }, 8 * MIB);

    expect(service.asked.map((request) => [request.offsetBytes, request.lengthBytes])).toEqual([
      [MIB, 8 * MIB],
      [9 * MIB, 8 * MIB],
      [17 * MIB, 4 * MIB],
    ]);
  });

  it("asks for the next part only when it is wanted", async () => {
    const service = serviceThat(() => answerOf(MIB, []));

    const stream = await openChangeQuery(
      service,
      DISK,
      { path: DISK.path, baseline: BASELINE },
      MIB,
    );
    for await (const batch of stream.batches) {
      expect(batch.processedToBytes).toBe(MIB);
      break;
    }

    expect(service.asked).toHaveLength(1);
  });

  it("asks for nothing where the window is empty", async () => {
    const service = serviceThat(() => nothing);

    const ranges = await query(service, { offsetBytes: MIB, lengthBytes: 0 });

    expect(ranges).toEqual([]);
    expect(service.asked).toEqual([]);
  });

  it("takes missing lists of a completed answer for no changes", async () => {
    const service = serviceThat(({ lengthBytes }) => ({
      ...nothing,
      processedBytes: BigInt(lengthBytes),
    }));

    expect(await query(service)).toEqual([]);
  });

  it("brings ranges in any order, overlapping or empty, to the form of every answer", async () => {
    const window = { offsetBytes: 0, lengthBytes: MIB };
    const service = serviceThat(() =>
      answerOf(MIB, [
        [8192, 512],
        [0, 4096],
        [1024, 4096],
        [600000, 0],
      ]),
    );

    expect(await query(service, window)).toEqual([
      { offsetBytes: 0, lengthBytes: 5120 },
      { offsetBytes: 8192, lengthBytes: 512 },
    ]);
  });

  it("cuts a range that reaches beyond what was processed, which the next answer says again", async () => {
    const service = serviceThat(({ offsetBytes }) =>
      answerOf(MIB, offsetBytes === 0 ? [[MIB - 512, 1024]] : [[offsetBytes - 512, 1024]]),
    );

    expect(await query(service, { lengthBytes: 2 * MIB })).toEqual([
      { offsetBytes: MIB - 512, lengthBytes: 1024 },
    ]);
  });

  it("gives every answer of a host that cuts and shuffles as it likes", async () => {
    const range = fc.record({
      offsetBytes: fc.nat(63 * 2048),
      lengthBytes: fc.integer({ min: 1, max: 2048 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(range),
        fc.array(fc.nat(), { minLength: 1 }),
        async (sectors, steps) => {
          const changed = sectors.map((each) => ({
            offsetBytes: each.offsetBytes * 512,
            lengthBytes: each.lengthBytes * 512,
          }));
          let turn = 0;
          const service = serviceThat(({ offsetBytes, lengthBytes }) => {
            const step = 1 + ((steps[turn++ % steps.length] ?? 0) % lengthBytes);
            const processed = {
              offsetBytes,
              lengthBytes: Math.min(lengthBytes, Math.max(step, MIB)),
            };
            const told = changed
              .filter((each) => clipRange(each, processed) !== undefined)
              .toReversed();
            return answerOf(
              processed.lengthBytes,
              told.map((each) => [each.offsetBytes, each.lengthBytes]),
            );
          });

          expect(await query(service)).toEqual(normalizeRanges(changed));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("an answer that cannot be trusted", () => {
  it.each([
    ["makes no progress", answerOf(0, [])],
    ["does not tell its progress", nothing],
    ["claims more progress than was asked for", answerOf(64 * MIB, [])],
    ["has more offsets than lengths", { ...answerOf(MIB, [[0, 512]]), lengthsBytes: [] }],
    ["has lengths without offsets", { ...answerOf(MIB, [[0, 512]]), offsetsBytes: undefined }],
    ["says of a change before what was asked for", answerOf(MIB, [[0, 512]])],
    ["says of a change behind what it covers", answerOf(MIB, [[4 * MIB, 512]])],
    [
      "names a byte beyond 2^53",
      { ...answerOf(MIB, []), offsetsBytes: [2n ** 53n], lengthsBytes: [512n] },
    ],
    [
      "names a length beyond 2^53",
      { ...answerOf(MIB, []), offsetsBytes: [0n], lengthsBytes: [2n ** 64n - 1n] },
    ],
  ])("is an error when it %s", async (_, answer) => {
    const service = serviceThat(() => answer);

    const error = await failureOf(query(service, { offsetBytes: 2 * MIB, lengthBytes: MIB }));

    expect(error.code).toBe("Internal");
    expect(error.message).toContain("full copy");
  });

  it("is an error also when it is not the first", async () => {
    const service = serviceThat(({ offsetBytes }) =>
      offsetBytes === 0 ? answerOf(MIB, []) : answerOf(0, []),
    );

    const error = await failureOf(query(service));

    expect(error.code).toBe("Internal");
  });
});

describe("a change query that makes no sense", () => {
  const service = serviceThat(({ lengthBytes }) => answerOf(lengthBytes, []));

  it.each([
    { offsetBytes: -1 },
    { offsetBytes: DISK.sizeBytes + 1 },
    { lengthBytes: DISK.sizeBytes + 1 },
    { lengthBytes: -1 },
  ])("is refused for the window %j", async (window) => {
    const error = await failureOf(query(service, window));

    expect(error.code).toBe("OutOfRange");
  });

  it("is refused without a limit id", async () => {
    const baseline = { kind: "limitId", limitId: " " } as const;

    const error = await failureOf(
      openChangeQuery(service, DISK, { path: DISK.path, baseline }, MIB),
    );

    expect(error.code).toBe("InvalidInput");
  });

  it("is refused when it names a target snapshot and is not about a VHD set", async () => {
    const baseline = { ...BASELINE, targetSnapshotId: "5d7d9a42-0000-4000-8000-000000000000" };

    const error = await failureOf(
      openChangeQuery(service, DISK, { path: DISK.path, baseline }, MIB),
    );

    expect(error.code).toBe("InvalidInput");
  });
});

describe("the fingerprint of an answer", () => {
  it("changes with the disk and with the baseline", async () => {
    const service = serviceThat(({ lengthBytes }) => answerOf(lengthBytes, []));
    const fingerprintOf = async (identityText: string, limitId: string): Promise<string> => {
      const given = { path: DISK.path, baseline: { kind: "limitId", limitId } as const };
      return (await openChangeQuery(service, { ...DISK, identityText }, given, MIB)).fingerprint;
    };

    const fingerprints = [
      await fingerprintOf("a", "rct:1"),
      await fingerprintOf("a", "rct:1"),
      await fingerprintOf("b", "rct:1"),
      await fingerprintOf("a", "rct:2"),
    ];

    expect(fingerprints[1]).toBe(fingerprints[0]);
    expect(new Set(fingerprints).size).toBe(3);
  });
});

describe("the end of a window", () => {
  it("is where the last part ends", async () => {
    const window = { offsetBytes: 3 * MIB, lengthBytes: 5 * MIB };
    const service = serviceThat(({ lengthBytes }) => answerOf(Math.min(lengthBytes, 2 * MIB), []));

    const stream = await openChangeQuery(
      service,
      DISK,
      { path: DISK.path, baseline: BASELINE, ...window },
      MIB * 64,
    );
    const ends: number[] = [];
    for await (const batch of stream.batches) {
      ends.push(batch.processedToBytes);
    }

    expect(ends).toEqual([5 * MIB, 7 * MIB, endOf(window)]);
  });
});
