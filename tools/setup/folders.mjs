import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * What set-up makes beside `node_modules` and `dist`. Ignored by git; may be deleted at any time.
 */
export const TOOLS_FOLDER = join(ROOT, ".tools");
