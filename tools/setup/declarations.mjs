import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { listFiles } from "./stamp.mjs";

/**
 * What a declaration refers to: `from "./disk"`, `import("../provider/config")`,
 * `import "./names"`.
 */
const REFERENCE = /(?:from |import\(|import )"(?<target>\.[^"]+)"/g;

/**
 * Removes the declarations that no user of the package can reach from its entries: most of the
 * code is internal.
 *
 * @param {string} folder the build
 * @param {readonly string[]} entries names of declarations in it
 */
export function pruneDeclarations(folder, entries) {
  const reached = new Set(entries.map((entry) => join(folder, entry)));
  for (const path of reached) {
    for (const match of readFileSync(path, "utf8").matchAll(REFERENCE)) {
      reached.add(`${join(dirname(path), match.groups?.["target"] ?? "")}.d.ts`);
    }
  }
  for (const path of listFiles(folder)) {
    if (path.endsWith(".d.ts") && !reached.has(path)) {
      rmSync(path);
    }
  }
}
