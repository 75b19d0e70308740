import { chmodSync, writeFileSync } from "node:fs";

/**
 * Writes a script that can be started by its path and can `require` the TypeScript sources of this
 * repository.
 *
 * @param path where to write it
 * @param body CommonJS JavaScript; sources are required by full path, with their extension
 */
export function writeTypeScriptProgram(path: string, body: string): void {
  const swc = JSON.stringify(require.resolve("@swc/core"));
  writeFileSync(
    path,
    `#!${process.execPath}
const { readFileSync } = require("node:fs");
const { transformSync } = require(${swc});
const options = { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } };
require.extensions[".ts"] = (module, filename) =>
  module._compile(transformSync(readFileSync(filename, "utf8"), { ...options, filename }).code, filename);
${body}
`,
  );
  chmodSync(path, 0o755);
}
