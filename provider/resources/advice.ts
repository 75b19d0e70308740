/** What to do about a path that is taken, the most likely cause first. */
export const ADVICE_FOR_TAKEN_PATH =
  "Choose another path, or move the file away. Where this resource was renamed, name the old one " +
  "in the resource option aliases. Where nothing manages the disk yet, adopt: true takes it over.";
