/** What one file may import, and what the linter must refuse it. */
export interface Wall {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly refused: readonly string[];
}
