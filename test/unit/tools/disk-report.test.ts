import { describeChanges } from "../../../tools/disk-report.mjs";

const KIB = 1024;

/** Pages of ranges of 4 KiB, one MiB apart. */
async function* pagesOf(...rangeCounts: readonly number[]) {
  let start = 0;
  for (const rangeCount of rangeCounts) {
    const first = start;
    start += rangeCount;
    yield await Promise.resolve({
      ranges: Array.from({ length: rangeCount }, (_, index) => ({
        offsetBytes: (first + index) * KIB * KIB,
        lengthBytes: 4 * KIB,
      })),
      changedBytes: rangeCount * 4 * KIB,
    });
  }
}

async function textOf(
  pages: AsyncIterable<
    Parameters<typeof describeChanges>[0] extends AsyncIterable<infer Page> ? Page : never
  >,
  limit: number,
) {
  const texts: string[] = [];
  for await (const text of describeChanges(pages, limit)) {
    texts.push(text);
  }
  return texts.join("");
}

describe("the report of changes", () => {
  it("lists each range with its place and its length", async () => {
    const text = await textOf(pagesOf(2), 20);

    expect(text).toBe(
      [
        "   offset  length\n",
        "        0    4096  (4 KiB at 0 bytes)\n",
        "  1048576    4096  (4 KiB at 1 MiB)\n",
        "  2 ranges, 8 KiB\n",
      ].join(""),
    );
  });

  it("lists no more than a screen of them, over all pages, and counts the rest", async () => {
    const text = await textOf(pagesOf(15, 1_000_000), 20);

    expect(text.match(/ at .* MiB\)/g)).toHaveLength(19);
    expect(text).toMatch(
      /\n {2}and 999,995 more ranges; --all lists them\n {2}1,000,015 ranges, 3\.8 GiB\n$/,
    );
  });

  it("lists all of them where there is no limit", async () => {
    const text = await textOf(pagesOf(15, 30), Infinity);

    expect(text.match(/\(4 KiB at /g)).toHaveLength(45);
    expect(text).toMatch(/\n {2}45 ranges, 180 KiB\n$/);
  });

  it("says that there are none", async () => {
    expect(await textOf(pagesOf(), 20)).toBe("  none\n");
  });
});
