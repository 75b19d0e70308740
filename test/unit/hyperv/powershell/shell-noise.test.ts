import { NoiseLog } from "../../../../provider/hyperv/powershell/shell-noise";

/** A line as messages show it. */
function shown(line: string): string {
  const log = new NoiseLog();
  log.add(line);
  return JSON.parse(log.describe() ?? '""') as string;
}

describe("a line that was no answer", () => {
  it.each([
    ["colours", "\u001b[31;1mAccess is denied\u001b[0m", "Access is denied"],
    ["a window title", "\u001b]0;Administrator\u0007PS>", "PS>"],
    ["cursor keys", "\u001b[?1h\u001b[?1lready\u001b=", "ready ="],
    ["control characters", "a\u0000\u0007b\tc", "a b c"],
    ["the first line of CLIXML", "#< CLIXML", ""],
    ["an ordinary line", "Host key verification failed.", "Host key verification failed."],
  ])("shows %s as a reader wants them", (_, line, expected) => {
    expect(shown(line)).toBe(expected);
  });

  it("shows the errors and warnings of CLIXML and drops its progress", () => {
    const line =
      '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj ' +
      'S="progress" RefId="0">' +
      '<MS><PR N="Record"><AV>Preparing modules for first use.</AV></PR></MS></Obj>' +
      '<S S="Error">exit : The term &lt;x&gt; &amp; y is not_x000D__x000A_</S><S ' +
      'S="Warning">caf_x00E9_</S></Objs>';

    expect(shown(line)).toBe("exit : The term <x> & y is not café");
  });

  it("does not take an escape for another one's beginning", () => {
    expect(shown('<Objs x=""><S S="Error">a_x005F_x0041_ &amp;lt;</S></Objs>')).toBe(
      "a_x0041_ &lt;",
    );
  });
});

describe("NoiseLog", () => {
  it("keeps the last five lines, each cut to a bounded length", () => {
    const log = new NoiseLog();

    for (let index = 0; index < 100; index += 1) {
      log.add(`${index} ${"x".repeat(10_000)}`);
    }

    const text = log.describe() ?? "";
    expect(text.split(" | ").map((line) => line.replace('"', "").slice(0, 2))).toEqual([
      "95",
      "96",
      "97",
      "98",
      "99",
    ]);
    expect(text.length).toBeLessThan(2000);
  });

  it("has nothing to tell before there was a line that says anything", () => {
    const log = new NoiseLog();

    log.add("\u001b[?1h \r");

    expect(log.describe()).toBeUndefined();
  });
});
