/**
 * Cuts what a process writes into lines, however its chunks fall. Ends of lines are LF or CRLF.
 *
 * Memory is bounded: a line longer than the limit is reported once and dropped up to its end.
 */
export class LineSplitter {
  #parts: string[] = [];
  #lengthChars = 0;
  #isSkipping = false;

  /**
   * @param maxLineChars the longest line that is delivered
   * @param onLine gets each line without its end
   * @param onTooLong is told once for each line that is too long, with its beginning
   */
  constructor(
    readonly maxLineChars: number,
    readonly onLine: (line: string) => void,
    readonly onTooLong: (beginning: string) => void,
  ) {}

  /** Takes the next chunk, of any length. */
  push(chunk: string): void {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      this.#append(chunk.slice(start, end));
      this.#finishLine();
      start = end + 1;
    }
    this.#append(chunk.slice(start));
  }

  /** Delivers what stands behind the last end of line, if anything does. */
  end(): void {
    if (this.#lengthChars > 0) {
      this.#finishLine();
    }
  }

  #append(part: string): void {
    if (part === "" || this.#isSkipping) {
      return;
    }
    this.#parts.push(part);
    this.#lengthChars += part.length;
    if (this.#lengthChars > this.maxLineChars) {
      const beginning = this.#takeText().slice(0, this.maxLineChars);
      this.#isSkipping = true;
      this.onTooLong(beginning);
    }
  }

  #finishLine(): void {
    const line = this.#takeText();
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return;
    }
    this.onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  #takeText(): string {
    const text = this.#parts.join("");
    this.#parts = [];
    this.#lengthChars = 0;
    return text;
  }
}

/**
 * Finds the answers in a line: what stands between a sentinel and the next dot. Escape sequences of
 * a terminal may stand around them, and two answers in one line.
 *
 * @param sentinel random, so that nothing else contains it
 * @returns the answers in order, and the text around them
 */
export function extractAnswers(
  line: string,
  sentinel: string,
): { answers: string[]; noise: string } {
  const answers: string[] = [];
  let noise = "";
  let at = 0;
  for (let start = line.indexOf(sentinel); start !== -1; start = line.indexOf(sentinel, at)) {
    noise += line.slice(at, start);
    const body = start + sentinel.length;
    const end = line.indexOf(".", body);
    answers.push(line.slice(body, end === -1 ? line.length : end));
    at = end === -1 ? line.length : end + 1;
  }
  return { answers, noise: noise + line.slice(at) };
}
