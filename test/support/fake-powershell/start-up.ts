import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FakeBehaviour } from "./behaviour";

/*
 * What a PowerShell does with its command line and with the first lines of standard input. Written
 * from its documentation and its source, and not from bridge-scripts.ts.
 *
 * See about_PowerShell_exe, about_Pwsh, and ConsoleHost.cs of PowerShell: `IsUsingDollarInput` and
 * `EnterNestedPrompt`.
 */

const SCRIPTS = join(__dirname, "..", "..", "..", "provider", "hyperv", "powershell");
/** What `cmd.exe` takes, which stands between an SSH server and PowerShell. */
const MAX_COMMAND_LINE_CHARS = 8191;

/** What became of a PowerShell that was started. */
export type StartUp =
  /** It runs the loader. */
  | { readonly kind: "runs"; readonly loader: string }
  /** It says something and ends. */
  | { readonly kind: "ends"; readonly stdout?: string; readonly stderr?: string }
  /** It waits, and takes the lines of standard input from the script. */
  | { readonly kind: "waits" };

/** Reads the command line as PowerShell does. */
export function startUp(words: readonly string[], behaviour: FakeBehaviour): StartUp {
  if (words.join(" ").length > MAX_COMMAND_LINE_CHARS) {
    return { kind: "ends", stderr: "The command line is too long." };
  }
  const at = words.indexOf("-EncodedCommand");
  const flags = at === -1 ? words : words.slice(0, at);
  const strange = flags.find((word) => !/^-(?:NoLogo|NoProfile|NonInteractive)$/.test(word));
  if (strange !== undefined || at !== words.length - 2) {
    return { kind: "ends", stderr: `not how the bridge is started: ${strange ?? words.join(" ")}` };
  }
  const loader = decodeCommand(words.at(-1) ?? "");
  if (loader === undefined) {
    return { kind: "ends", stderr: "The value of -EncodedCommand is not properly encoded." };
  }
  return runCommand(loader, behaviour);
}

/** Base64 of UTF-16, little endian, without a mark. */
function decodeCommand(base64: string): string | undefined {
  const bytes = Buffer.from(base64, "base64");
  const isWhole = bytes.length % 2 === 0 && bytes.toString("base64") === base64;
  return isWhole ? bytes.toString("utf16le") : undefined;
}

function runCommand(loader: string, behaviour: FakeBehaviour): StartUp {
  if (/\$input\b/i.test(loader)) {
    return { kind: "waits" };
  }
  if (loader !== codeOf(readFileSync(join(SCRIPTS, "load-bridge.ps1"), "utf8"))) {
    return { kind: "ends", stderr: "this is not the loader" };
  }
  const { languageMode = "FullLanguage", input = "anonymous pipe" } = behaviour;
  if (languageMode !== "FullLanguage") {
    return { kind: "ends", stdout: `LanguageMode=${languageMode}\r\n` };
  }
  const hangs = input === "overlapped pipe" && !/IO\.FileStream/.test(loader);
  return hangs || /\[Console\]::In\b/i.test(loader) ? { kind: "waits" } : { kind: "runs", loader };
}

/** The statements of a script: without comments, empty lines and indentation. */
function codeOf(script: string): string {
  return script
    .replaceAll(/^\s*(?:#.*)?$\n/gm, "")
    .replaceAll(/^[ \t]+/gm, "")
    .trimEnd();
}

/** Reads what the loader reads: how many lines there are, the lines, and then the sentinel. */
export class FirstLines {
  readonly #expected = readFileSync(join(SCRIPTS, "cim-bridge.ps1"), "utf8").trimEnd();
  readonly #lines: string[] = [];
  #count: number | undefined;

  /**
   * Takes the next line.
   *
   * @returns the sentinel, once it is there
   * @throws Error for a script that is not the bridge
   */
  take(line: string): string | undefined {
    if (this.#count === undefined) {
      this.#count = Number(line);
    } else if (this.#lines.length < this.#count) {
      this.#lines.push(line);
    } else {
      return this.#readSentinel(line);
    }
    return undefined;
  }

  #readSentinel(line: string): string {
    if (this.#lines.join("\n") !== this.#expected || !/^[A-Za-z0-9]+$/.test(line)) {
      throw new Error("this is not the bridge");
    }
    return line;
  }
}
