/** What to do about a path that is taken, the most likely cause first. */
export const ADVICE_FOR_TAKEN_PATH =
  "Choose another path, or move the file away. If this resource was renamed, list its old name " +
  "in the resource option aliases. If nothing manages the disk yet, set adopt: true to take it " +
  "over.";
