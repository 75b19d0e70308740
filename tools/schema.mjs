/**
 * `npm run schema` writes provider/plugin/schema.json from the sources. A test compares the two.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { register } from "ts-node";
import { ROOT } from "./setup/folders.mjs";

register({
  transpileOnly: true,
  skipProject: true,
  compilerOptions: { module: "node16", moduleResolution: "node16", target: "es2022" },
});
const { generateSchema } = /** @type {typeof import("./schema/generate.js")} */ (
  createRequire(import.meta.url)("./schema/generate.ts")
);
writeFileSync(
  join(ROOT, "provider", "plugin", "schema.json"),
  `${JSON.stringify(generateSchema(), undefined, 1)}\n`,
);
