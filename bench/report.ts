/**
 * What is made from results. run.mjs loads it once it is compiled.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROWS } from "./rows/index";
import { formatPage, formatRow } from "./support/page";
import { drawPlot } from "./support/plot";
import { type Results, type RowResult, listBroken } from "./support/results";

export { formatRow, listBroken };

/** The words that `--only` takes. */
export const ROW_IDS: readonly string[] = ROWS.map(({ id }) => id);

/** Puts new rows in the place of old ones, in the order of the report. */
export function mergeResults(
  old: Results | undefined,
  machine: string,
  rows: readonly RowResult[],
): Results {
  const byId = new Map([...(old?.rows ?? []), ...rows].map((row) => [row.id, row]));
  return { machine, rows: ROW_IDS.flatMap((id) => byId.get(id) ?? []) };
}

/** Writes docs/performance.md and its plots. @param docsFolder the folder `docs` */
export function writePage(results: Results, docsFolder: string): void {
  const plots = join(docsFolder, "performance");
  mkdirSync(plots, { recursive: true });
  for (const row of results.rows) {
    writeFileSync(join(plots, `${row.id}.svg`), drawPlot(row));
  }
  writeFileSync(join(docsFolder, "performance.md"), formatPage(results));
}
