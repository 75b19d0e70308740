const KEPT_LINES = 5;
const KEPT_CHARS = 300;

/**
 * The last lines a process wrote that were no answers: what a profile, a banner, a warning or `ssh`
 * has to say. They are shown where the process fails, and nothing is ever decided by them.
 */
export class NoiseLog {
  readonly #lines: string[] = [];

  /** Keeps a line, cut to a bounded length, without control characters. */
  add(line: string): void {
    const text = plainText(line.slice(0, 64 * KEPT_CHARS)).slice(0, KEPT_CHARS);
    if (text === "") {
      return;
    }
    this.#lines.push(text);
    if (this.#lines.length > KEPT_LINES) {
      this.#lines.shift();
    }
  }

  /** All that is kept, oldest first; `undefined` where there is nothing. */
  describe(): string | undefined {
    return this.#lines.length === 0 ? undefined : JSON.stringify(this.#lines.join(" | "));
  }
}

const ESCAPE_SEQUENCE =
  // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// eslint-disable-next-line no-control-regex -- control characters are what is removed
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]+/g;

/**
 * Makes a line of a terminal readable: without escape sequences and control characters, CLIXML
 * decoded.
 *
 * @param line as a process wrote it
 */
function plainText(line: string): string {
  return decodeClixml(line)
    .replaceAll(ESCAPE_SEQUENCE, "")
    .replaceAll(CONTROL_CHARACTERS, " ")
    .trim();
}

const NAMED_ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

/**
 * A PowerShell whose standard error is redirected writes errors, warnings and progress to it as
 * XML: a line `#< CLIXML`, then one `<Objs …>` of any length. Progress is dropped.
 *
 * @see [MS-PSRP] 2.2.5.3 for the escapes `_x000D_`
 */
function decodeClixml(line: string): string {
  if (line.startsWith("#< CLIXML")) {
    return decodeClixml(line.slice("#< CLIXML".length));
  }
  if (!line.trimStart().startsWith("<Objs ")) {
    return line;
  }
  const texts = [...line.matchAll(/<S S="(?:Error|Warning)">([^<]*)/g)].map(
    ([, text]) => text ?? "",
  );
  return texts
    .join("")
    .replaceAll(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => NAMED_ENTITIES[name] ?? "")
    .replaceAll(/_x([0-9a-f]{4})_/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
}
