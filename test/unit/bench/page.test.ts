import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { formatPage, formatRow } from "../../../bench/support/page";
import { drawPlot } from "../../../bench/support/plot";
import { type Results, type RowResult, judge, listBroken } from "../../../bench/support/results";
import type { Figure } from "../../../bench/support/row";

const ROOT = resolve(__dirname, "..", "..", "..");
const RESULTS = JSON.parse(readFileSync(join(ROOT, "bench", "results.json"), "utf8")) as Results;

/** A figure of which only the median matters. */
function figureOf(value: number, bound?: number): Figure {
  const figure: Figure = { name: "up", unit: "ratio", value, least: value, most: value };
  return bound === undefined ? figure : { ...figure, bound };
}

/** A row of one figure. */
function rowOf(figure: Figure): RowResult {
  return { id: "up", title: "Up", against: "nothing", measuredOn: "2026-01-02", figures: [figure] };
}

describe("a bound", () => {
  it.each([
    [1.2, 1.2, "met"],
    [1.21, 1.2, "broken"],
    [7, undefined, "-"],
  ])("judges %d by %p as %s", (value, bound, verdict) => {
    expect(judge(figureOf(value, bound))).toBe(verdict);
  });

  it("is found broken in any row", () => {
    const rows = [rowOf(figureOf(1, 2)), rowOf(figureOf(3, 2))];

    const broken = listBroken(rows);

    expect(broken).toEqual([figureOf(3, 2)]);
  });
});

describe("the table of a row", () => {
  it("shows median, range, bound and verdict", () => {
    const figure = { ...figureOf(1.5, 1.2), least: 1.4, most: 1.6, behind: "3 s : 2 s" };

    const text = formatRow(rowOf(figure));

    expect(text).toContain("up    1.50    1.40 to 1.60  <= 1.20  broken   3 s : 2 s");
  });

  it("says what was left out", () => {
    const text = formatRow({ ...rowOf(figureOf(1)), skipped: ["7-Zip is missing"] });

    expect(text).toContain("left out: 7-Zip is missing");
  });
});

describe("docs/performance.md", () => {
  it("is made from bench/results.json", () => {
    const page = readFileSync(join(ROOT, "docs", "performance.md"), "utf8");

    expect(page).toBe(formatPage(RESULTS));
  });

  it.each(RESULTS.rows.map((row) => [row.id, row] as const))(
    "shows the plot of %s as measured",
    (id, row) => {
      const plot = readFileSync(join(ROOT, "docs", "performance", `${id}.svg`), "utf8");

      expect(plot).toBe(drawPlot(row));
    },
  );
});
