/** Texts that are made from results: the table on the terminal, and docs/performance.md. */
import { formatValue } from "./format";
import { type Results, type RowResult, judge } from "./results";
import type { Figure } from "./row";

const INTRODUCTION = `# Performance

\`npm run bench\` measures this package beside other software, writes the numbers to
\`bench/results.json\` and makes this page from them. Both sides of a comparison run in turns on one
machine; what counts is the median of the rounds, and the range behind it is the smallest and the
largest. A ratio of 2 means that this package takes twice as long. Files come from the page cache.
Compare ratios, not times: times belong to the machine.

In a plot of bars, the line is the bound, and a bar that ends left of it is good enough. Plots of
curves have logarithmic axes; the dashed line shows what growing in proportion looks like.
`;

/** The page of all results, as prettier would format it. */
export function formatPage({ machine, rows }: Results): string {
  const sections = rows.map((row) => {
    const skipped = (row.skipped ?? []).map((reason) => `\nLeft out: ${reason}.\n`).join("");
    const heading = `## ${row.title}\n\nAgainst ${row.against}. Measured on ${row.measuredOn}.\n`;
    const plot = `![${row.title}](performance/${row.id}.svg)`;
    return `${heading}\n${formatMarkdownTable(row)}${skipped}\n${plot}\n`;
  });
  return [INTRODUCTION, `Measured on ${machine}.\n`, ...sections].join("\n");
}

/** The results of one row for a terminal. */
export function formatRow(row: RowResult): string {
  const lines = tableOf(row);
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length)),
  );
  const table = lines
    .slice(1)
    .map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`);
  const skipped = (row.skipped ?? []).map((reason) => `  left out: ${reason}`);
  return [
    `${row.title}, against ${row.against}`,
    ...[...table, ...skipped].map((line) => line.trimEnd()),
    "",
  ].join("\n");
}

function tableOf({ figures }: RowResult): readonly (readonly string[])[] {
  return [
    ["what", "median", "range", "bound", "verdict", "behind it"],
    ...figures.map(describeFigure),
  ];
}

function describeFigure(figure: Figure): readonly string[] {
  const { name, unit, value, least, most, bound, behind } = figure;
  const range = least === most ? "" : `${formatValue(least, unit)} to ${formatValue(most, unit)}`;
  const wanted = bound === undefined ? "" : `<= ${formatValue(bound, unit)}`;
  return [name, formatValue(value, unit), range, wanted, judge(figure), behind ?? ""];
}

function formatMarkdownTable(row: RowResult): string {
  const lines = tableOf(row);
  const widths = lines[0]!.map((_, column) =>
    Math.max(3, ...lines.map((line) => line[column]!.length)),
  );
  const [titles, ...rest] = lines.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column]!)),
  );
  const rule = widths.map((width) => "-".repeat(width));
  return [titles!, rule, ...rest].map((line) => `| ${line.join(" | ")} |\n`).join("");
}
