import type { Figure, Measured, Row } from "./row";

/** What a row measured, as bench/results.json keeps it. */
export interface RowResult extends Pick<Row, "id" | "title" | "against">, Measured {
  /** `2026-11-21`. */
  readonly measuredOn: string;
}

/** bench/results.json. */
export interface Results {
  /** Where it was measured, in words. */
  readonly machine: string;
  readonly rows: readonly RowResult[];
}

/** Whether a figure is good enough, in a word for a table. */
export function judge({ value, bound }: Figure): "met" | "broken" | "-" {
  if (bound === undefined) {
    return "-";
  }
  return value <= bound ? "met" : "broken";
}

/** The figures that break their bound. */
export function listBroken(rows: readonly RowResult[]): readonly Figure[] {
  return rows.flatMap(({ figures }) => figures).filter((figure) => judge(figure) === "broken");
}
