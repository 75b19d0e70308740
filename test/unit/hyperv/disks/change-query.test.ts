import * as fc from "fast-check";
import { clipRange, endOf, normalizeRanges } from "../../../../provider/disk/ranges";
import { openChangeQuery } from "../../../../provider/hyperv/disks/change-query";
import { MIB } from "../../../../provider/image/bytes";
import {
  BASELINE,
  DISK,
  answerOf,
  noAnswer,
  query,
  serviceThat,
} from "../../../support/change-service";

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
    const service = serviceThat(() => noAnswer);

    const ranges = await query(service, { offsetBytes: MIB, lengthBytes: 0 });

    expect(ranges).toEqual([]);
    expect(service.asked).toEqual([]);
  });

  it("takes missing lists of a completed answer for no changes", async () => {
    const service = serviceThat(({ lengthBytes }) => ({
      ...noAnswer,
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
