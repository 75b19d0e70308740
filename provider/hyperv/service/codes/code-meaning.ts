import type { DiskErrorCode } from "../../../disk/errors";

/** What a number of the host means: never told by its localised text. */
export interface CodeMeaning {
  readonly code: DiskErrorCode;
  /** A clause without a final dot. */
  readonly what: string;
  /** A sentence with its final dot. */
  readonly remedy: string;
}
