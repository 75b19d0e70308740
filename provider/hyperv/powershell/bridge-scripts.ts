import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DiskError } from "../../disk/errors";

/*
 * The two scripts of the bridge, and how they reach a PowerShell: load-bridge.ps1 on the command
 * line, cim-bridge.ps1 as plain text on standard input. No file is written on the host, no
 * execution policy is involved, and nothing is hidden from who inspects scripts.
 */

/** What the loader says where PowerShell may not run the bridge: `LanguageMode=…`. */
export const LANGUAGE_MODE_LINE = /LanguageMode=(?!FullLanguage)(\w+)/;

/** The text of cim-bridge.ps1. */
export function readBridgeScript(): string {
  return readScript("cim-bridge.ps1");
}

/**
 * The value of `-EncodedCommand` that makes a PowerShell read the bridge from its standard input.
 *
 * @returns letters, digits, `+`, `/` and `=`: nothing that a shell takes for something else. Less
 *   than 1,300 characters: `cmd.exe` takes 8,191, and some SSH servers cut longer lines
 */
export function encodeLoader(): string {
  const lines = readScript("load-bridge.ps1")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return Buffer.from(lines.join("\n"), "utf16le").toString("base64");
}

/**
 * Writes what the loader reads: the number of lines, the lines of the script, and the first line
 * that the script itself reads. Everything is ASCII, so that no code page matters.
 *
 * @param script the text of cim-bridge.ps1
 * @param sentinel what every answer begins with; letters and digits only
 * @returns lines without the end of the last one
 */
export function encodeBridge(script: string, sentinel: string): string {
  const lines = script.trimEnd().split("\n");
  return [lines.length, ...lines, sentinel].join("\n");
}

/** The scripts are beside this file in the sources and in the package. */
function readScript(name: string): string {
  const path = join(__dirname, name);
  try {
    return readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  } catch (cause) {
    throw new DiskError("Internal", {
      what: "a file of this package is missing",
      subject: path,
      remedy: "Install pulumi-vhd again.",
      cause,
    });
  }
}
