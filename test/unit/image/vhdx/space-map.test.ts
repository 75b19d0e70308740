import { MIB, TIB } from "../../../../provider/image/bytes";
import { SpaceMap } from "../../../../provider/image/vhdx/space-map";
import { failureOf } from "../../../support/failure-of";
import { MemoryFile } from "../../../support/memory-file";

async function buildMap(sizeBytes: number): Promise<SpaceMap> {
  const file = new MemoryFile();
  await file.resize(sizeBytes);
  return SpaceMap.of(file);
}

describe("the map of taken space", () => {
  it.each([
    ["inside a word", 3, 5],
    ["up to the end of a word", 16, 16],
    ["a whole word", 32, 32],
    ["over words", 20, 100],
    ["nothing but the last bit of a word", 31, 1],
  ])("gives space once: %s", async (_, start, count) => {
    const map = await buildMap(256 * MIB);

    const answers = [
      map.claim(start, count),
      map.claim(start, 1),
      map.claim(start + count - 1, 1),
      map.claim(start - 1, count + 2),
      map.claim(start - 1, 1),
      map.claim(start + count, 1),
    ];

    expect(answers).toEqual([true, false, false, false, true, true]);
  });

  it("takes nothing where it refuses", async () => {
    const map = await buildMap(256 * MIB);
    map.claim(100, 1);

    const refused = map.claim(40, 61);
    const before = map.claim(40, 60);

    expect([refused, before]).toEqual([false, true]);
  });

  it("knows where the last structure ends, even behind the end of the file", async () => {
    const map = await buildMap(10 * MIB);

    const claimed = map.claim(8, 32);

    expect([claimed, map.endBytes]).toEqual([true, 40 * MIB]);
  });

  it("refuses a file so large that it would cost memory", async () => {
    const error = await failureOf(buildMap(128 * TIB + MIB));

    expect(error.code).toBe("UnsupportedImage");
  });
});
