import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_VERSION } from "./version";

/** The description of the package for every language, as `pulumi package get-schema` prints it. */
export function readSchema(): string {
  const schema = JSON.parse(readFileSync(join(__dirname, "schema.json"), "utf8")) as object;
  return JSON.stringify({ ...schema, version: PACKAGE_VERSION });
}
