import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, TOOLS_FOLDER } from "./folders.mjs";
import { buildGoProgram } from "./make-pulumi.mjs";
import { isFresh } from "./stamp.mjs";

/** Holds the YAML language host, which only tests need. */
const FOLDER = join(TOOLS_FOLDER, "yaml");
const STAMP = join(FOLDER, "stamp.txt");

/** Whether the YAML language host is there, as go.mod of tools/pulumi-language-yaml wants it. */
export function hasYamlHost() {
  return isFresh(STAMP, readVersions());
}

/**
 * Builds the language host for programs in YAML, about two minutes, unless it is there.
 *
 * @returns {Promise<string>} the folder that holds it
 */
export async function makeYamlHost() {
  if (!hasYamlHost()) {
    mkdirSync(FOLDER, { recursive: true });
    await buildGoProgram(FOLDER, {
      title: "build the YAML language host from its Go modules (about 2 minutes)",
      module: "pulumi-language-yaml",
      program: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
      flags: [],
      linkerFlags: "-s -w",
    });
    writeFileSync(STAMP, readVersions());
  }
  return FOLDER;
}

function readVersions() {
  return readFileSync(join(ROOT, "tools", "pulumi-language-yaml", "go.mod"), "utf8");
}
