import { DiskError, type DiskErrorCode } from "../errors";

/**
 * What breaks a rule for virtual disks.
 *
 * Each file of this folder states one group of rules, once, as functions that return a problem or
 * `undefined`. A check shows the problem beside its input ({@link describeProblem}), a host throws
 * it ({@link assertNoProblem}).
 */
export interface RuleProblem {
  readonly code: DiskErrorCode;
  /** The input that is wrong, as resources name it. */
  readonly input: RuleInput;
  /** What is wrong, as a clause that begins in lowercase and has no final dot. */
  readonly what: string;
  /** What the reader can do, as one sentence with its final dot. */
  readonly remedy?: string;
}

/** The inputs that rules are about. */
export type RuleInput =
  | "path"
  | "parentPath"
  | "sizeBytes"
  | "blockSizeBytes"
  | "logicalSectorSizeBytes"
  | "physicalSectorSizeBytes"
  | "offsetBytes";

/** Writes a problem as the sentences that Pulumi shows beside an input. */
export function describeProblem({ what, remedy }: RuleProblem): string {
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)}.`;
  return remedy === undefined ? sentence : `${sentence} ${remedy}`;
}

/**
 * Throws a problem as the error that a host reports.
 *
 * @param problem what a rule returned
 * @param subject the path of the disk
 * @param done what has been done so far, as a sentence: `Nothing was changed.`
 * @throws the code of the problem
 */
export function assertNoProblem(
  problem: RuleProblem | undefined,
  subject: string,
  done?: string,
): void {
  if (problem === undefined) {
    return;
  }
  const sentences = [done, problem.remedy].filter((sentence) => sentence !== undefined);
  throw new DiskError(problem.code, {
    what: problem.what,
    subject,
    remedy: sentences.length === 0 ? undefined : sentences.join(" "),
  });
}
