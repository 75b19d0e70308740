import * as fc from "fast-check";
import { LineSplitter, extractAnswers } from "../../../../provider/hyperv/powershell/shell-lines";

function splitChunks(
  chunks: readonly string[],
  maxLineChars = 1000,
): { lines: string[]; tooLong: string[] } {
  const lines: string[] = [];
  const tooLong: string[] = [];
  const splitter = new LineSplitter(
    maxLineChars,
    (line) => lines.push(line),
    (beginning) => tooLong.push(beginning),
  );
  chunks.forEach((chunk) => splitter.push(chunk));
  splitter.end();
  return { lines, tooLong };
}

describe("LineSplitter", () => {
  it("gives the same lines however the text is cut", () => {
    const text = "one\r\ntwo\n\n three\r\r\nlast";
    const whole = splitChunks([text]);

    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 1) {
        const cut = splitChunks([
          text.slice(0, first),
          text.slice(first, second),
          text.slice(second),
        ]);
        expect(cut).toEqual(whole);
      }
    }
    expect(whole.lines).toEqual(["one", "two", "", " three\r", "last"]);
  });

  it("reports a line that is too long once, and goes on behind it", () => {
    const { lines, tooLong } = splitChunks(["short\n12345", "6789", "0abcdef", "g\nnext\n"], 10);

    expect(lines).toEqual(["short", "next"]);
    expect(tooLong).toEqual(["1234567890"]);
  });

  it("delivers a line that is just as long as it may be", () => {
    const { lines, tooLong } = splitChunks(["1234567890\n"], 10);

    expect([lines, tooLong]).toEqual([["1234567890"], []]);
  });
});

describe("extractAnswers", () => {
  const sentinel = "5e4f1a";

  it("finds an answer among escape sequences", () => {
    const found = extractAnswers(`\u001b[?1h${sentinel}QUJD.\u001b[?1l`, sentinel);

    expect(found).toEqual({ answers: ["QUJD"], noise: "\u001b[?1h\u001b[?1l" });
  });

  it("finds several answers in one line", () => {
    const found = extractAnswers(`a${sentinel}QQ==.b${sentinel}Qg==.c`, sentinel);

    expect(found).toEqual({ answers: ["QQ==", "Qg=="], noise: "abc" });
  });

  it("gives what there is of an answer that has no end", () => {
    const found = extractAnswers(`${sentinel}QUJD`, sentinel);

    expect(found).toEqual({ answers: ["QUJD"], noise: "" });
  });

  it("takes nothing for an answer that has no sentinel", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (line) => {
        fc.pre(!line.includes(sentinel));

        const found = extractAnswers(line, sentinel);

        expect(found).toEqual({ answers: [], noise: line });
      }),
    );
  });
});
