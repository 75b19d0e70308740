import fc from "fast-check";
import { type PayloadPart, readPayload } from "../../provider/image/gathered-reads";
import type { ReadableFile } from "../../provider/image/random-access-file";
import { failureOf } from "../support/failure-of";
import { MemoryFile } from "../support/memory-file";
import { soakRuns } from "../support/soak";

const KIB = 1024;
const FILE_LENGTH_BYTES = 4 * KIB * KIB;

/** Each byte says where it is, so that one that is elsewhere shows. */
const CONTENT = Buffer.from(
  Uint32Array.from({ length: FILE_LENGTH_BYTES / 4 }, (_, index) => Math.imul(index, 0x9e3779b1))
    .buffer,
);

/** Parts and the gaps before them, around the lengths at which requests are split. */
const parts = fc.array(
  fc.record({
    gapBytes: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 64 * KIB - 1, max: 64 * KIB + 1 }),
    ),
    lengthBytes: fc.oneof(
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom(64 * KIB, 1024 * KIB - 1, 1024 * KIB, 1024 * KIB + 1),
    ),
    times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 700 })),
  }),
  { minLength: 1, maxLength: 8 },
);

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Puts the parts one after the other, as far as they fit. */
function place(
  plan: readonly { gapBytes: number; lengthBytes: number; times: number }[],
  isReversed: boolean,
): Place[] {
  const places: Place[] = [];
  let end = 0;
  for (const { gapBytes, lengthBytes, times } of plan) {
    for (let time = 0; time < times; time += 1) {
      const start = end + gapBytes;
      if (start + lengthBytes > FILE_LENGTH_BYTES) {
        break;
      }
      end = start + lengthBytes;
      places.push({ start, end });
    }
  }
  return isReversed ? places.toReversed() : places;
}

/** Targets that are neighbours in memory, so that a byte too many shows as well. */
function toParts(places: readonly Place[], memory: Uint8Array): PayloadPart[] {
  let used = 0;
  return places.map(({ start, end }) => {
    const target = memory.subarray(used, used + end - start);
    used += end - start;
    return { fileOffsetBytes: start, target };
  });
}

const FILES: readonly [string, (file: MemoryFile) => ReadableFile][] = [
  ["that fills many targets at once", (file) => file],
  [
    "that fills one target at a time",
    (file) => ({
      name: file.name,
      readSize: () => file.readSize(),
      read: (offsetBytes, target) => file.read(offsetBytes, target),
    }),
  ],
];

describe.each(FILES)("many parts of a file %s", (_, toReadable) => {
  it("are read as if each were read alone, in any order", async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.boolean(), async (plan, isReversed) => {
        const places = place(plan, isReversed);
        const expected = Buffer.concat(
          places.map(({ start, end }) => CONTENT.subarray(start, end)),
        );
        const memory = new Uint8Array(expected.length);

        await readPayload(toReadable(MemoryFile.of(CONTENT)), toParts(places, memory));

        expect(Buffer.compare(memory, expected)).toBe(0);
      }),
      { numRuns: soakRuns(100) },
    );
  });

  it("are an error where the file ends before all of them are read", async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 100_000 }), async (plan, lackingBytes) => {
        const places = place(plan, false);
        const end = places.at(-1)?.end ?? 0;
        fc.pre(end > lackingBytes);
        const file = MemoryFile.of(CONTENT.subarray(0, end - lackingBytes));
        const memory = new Uint8Array(FILE_LENGTH_BYTES);

        const error = await failureOf(readPayload(toReadable(file), toParts(places, memory)));

        expect(error.code).toBe("CorruptImage");
        expect(error.message).toContain("the file ends inside it");
      }),
      { numRuns: soakRuns(100) },
    );
  });
});
