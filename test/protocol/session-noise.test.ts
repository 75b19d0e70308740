import { cimString } from "../../provider/hyperv/cim/cim-values";
import { failureOf } from "../support/failure-of";
import type { FakeBehaviour } from "../support/fake-powershell/behaviour";
import { LIMIT } from "../support/fake-powershell/calls";
import { callOf } from "../support/fake-powershell/fake-host";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";

const TEXT = cimString("Größe: 1 TiB 💾");

describeOnPosix("whatever stands around the answers", () => {
  const openSession = useFakeSessions();

  it.each<[string, Partial<FakeBehaviour>]>([
    ["ends of lines as Windows writes them", { lineEnd: "\r\n" }],
    [
      "escape sequences of a terminal",
      { around: ["\u001b[?1h\u001b[?1l", "\u001b[?1h\u001b[?1l"] },
    ],
    ["a prompt in front", { around: ["PS C:\\Users\\runner> ", ""] }],
    ["answers in one line", { mergeAnswers: true }],
    ["pieces of one byte", { pieceBytes: 1 }],
    ["pieces of seven bytes with CRLF", { pieceBytes: 7, lineEnd: "\r\n" }],
    [
      "a banner and the input repeated",
      { noise: { stdout: "Willkommen!\r\n>> & ([ScriptBlock]::Create('x'))\r\n" } },
    ],
    ["an unfinished line before the greeting", { noise: { stdout: "no end of line" } }],
    [
      "errors on standard error",
      { noise: { stderr: '#< CLIXML\r\n<Objs Version="1.1.0.1"></Objs>' } },
    ],
    ["noise between the answers", { misdeeds: [{ at: "Echo", how: "write noise" }] }],
    ["bytes that are no text", { misdeeds: [{ at: "Echo", how: "write bytes that are no text" }] }],
    [
      "a mebibyte on standard error for each answer",
      { misdeeds: [{ at: "Echo", how: "fill standard error" }] },
    ],
  ])("is ignored: %s", async (_, behaviour) => {
    const { session, fake } = openSession(behaviour);

    const calls = Array.from({ length: 5 }, () =>
      session.invoke(callOf("Echo", { Text: TEXT }), LIMIT),
    );
    const results = await Promise.all(calls);
    const last = await session.invoke(callOf("Echo", { Text: TEXT }), LIMIT);

    expect([...results, last].map(({ outputs }) => outputs["Text"])).toEqual(
      Array.from({ length: 6 }, () => TEXT),
    );
    expect(fake.countStarts()).toBe(1);
  });

  it("takes an answer of many megabytes", async () => {
    const { session } = openSession({ lineEnd: "\r\n" });
    const offsets = Array.from({ length: 200_000 }, (_, index) => 2n ** 53n + BigInt(index));

    const result = await session.invoke(
      callOf("Echo", { Offsets: { type: "uint64[]", value: offsets } }),
      LIMIT,
    );

    expect(result.outputs["Offsets"]?.value).toEqual(offsets);
  });

  it("ends a session that answers does not fit into memory", async () => {
    const { session } = openSession({}, { maxAnswerChars: 10_000 });

    const failure = await failureOf(
      session.invoke(callOf("Echo", { Text: cimString("x".repeat(20_000)) }), LIMIT),
    );

    expect(failure.message).toContain("does not fit into memory");
  });
});
