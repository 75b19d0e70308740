/**
 * What a number counts. Ratios are how many times as much ours takes as what it is compared with.
 */
export type Unit = "ratio" | "ms" | "calls" | "bytes" | "count" | "slope";

/** One number of a row. */
export interface Figure {
  /** What was measured, in words. */
  readonly name: string;
  readonly unit: Unit;
  /** The median of all rounds. */
  readonly value: number;
  /** The smallest and the largest of all rounds; both are `value` where it was measured once. */
  readonly least: number;
  readonly most: number;
  /** The largest value that is good enough. Without one, the figure is there to be read. */
  readonly bound?: number;
  /** The numbers behind it, such as `79 s : 44 s`. */
  readonly behind?: string;
}

/** Points of a curve, by their x. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Curves over sizes or counts, drawn on logarithmic axes. */
export interface Growth {
  readonly xTitle: string;
  readonly xUnit: Unit;
  readonly yTitle: string;
  readonly yUnit: Unit;
  readonly curves: readonly Curve[];
}

/** What a row measured. */
export interface Measured {
  readonly figures: readonly Figure[];
  /** Drawn instead of the bars of the figures. */
  readonly growth?: Growth;
  /** What was left out, and what it needs. */
  readonly skipped?: readonly string[];
}

/** How much to measure. */
export interface Effort {
  /** Small numbers and few rounds: to see that a row works, not how fast anything is. */
  readonly isQuick: boolean;
  /** How often each side is measured. */
  readonly rounds: number;
}

/** One comparison. */
export interface Row {
  /** The word that `--only` takes, and the name of its plot. */
  readonly id: string;
  readonly title: string;
  /** What it is compared with. */
  readonly against: string;
  /** 5 unless said otherwise. */
  readonly rounds?: number;
  measure(effort: Effort): Promise<Measured>;
}
