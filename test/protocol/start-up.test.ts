import { encodeLoader } from "../../provider/hyperv/powershell/bridge-scripts";
import { planLaunch } from "../../provider/hyperv/powershell/transports";
import { isOutcomeUnknown } from "../../provider/hyperv/cim/cim-failure";
import { failureOf } from "../support/failure-of";
import { CHANGE, LIMIT } from "../support/fake-powershell/calls";
import { callOf } from "../support/fake-powershell/fake-host";
import { startUp } from "../support/fake-powershell/start-up";
import {
  ECHO_HOST,
  describeOnPosix,
  useFakeSessions,
} from "../support/fake-powershell/use-fake-sessions";

describe("the command line that starts the bridge", () => {
  it("is short enough for cmd.exe, and for SSH servers that cut long lines", () => {
    const { executableOptions } = planLaunch({ kind: "ssh", host: "hv1.example" }, "linux");

    const command = Object.keys(executableOptions).at(-1) ?? "";
    expect(command).toMatch(/^powershell .*-EncodedCommand [A-Za-z0-9+/=]+$/);
    expect(command.length).toBeLessThan(1300);
  });

  it("is the loader without its comments, as PowerShell decodes it", () => {
    const text = Buffer.from(encodeLoader(), "base64").toString("utf16le");

    expect(text).toMatch(/^\$mode = \$ExecutionContext\.SessionState\.LanguageMode\n/);
    expect(text).toMatch(/\nexit$/);
    expect(text).not.toContain("#");
  });

  it("changes no execution policy", () => {
    const { executableOptions } = planLaunch({ kind: "local" }, "win32");

    expect(Object.keys(executableOptions)).not.toContain("-ExecutionPolicy");
  });
});

describeOnPosix("a PowerShell that is started", () => {
  const openSession = useFakeSessions();

  it("reads its requests where the console stream of .NET Framework would read nothing", async () => {
    const { session } = openSession({ input: "overlapped pipe" });

    const result = await session.invoke(callOf("Echo"), LIMIT);

    expect(result.returnValue).toBe(4096);
  });

  it("is named at once where it may not call .NET, with what to do", async () => {
    const { session } = openSession({ languageMode: "ConstrainedLanguage" });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));

    expect(failure.message).toMatch(
      /^\[NotSupported\] .*ConstrainedLanguage.*this machine.*Application control.*vhd:transport/,
    );
    expect(isOutcomeUnknown(failure)).toBe(false);
  });

  it("is named whatever a terminal or a banner puts around", async () => {
    const { session } = openSession({
      languageMode: "ConstrainedLanguage",
      noise: { stdout: "Willkommen!\r\n\u001b[?1h" },
    });

    const failure = await failureOf(session.invoke(callOf("Echo"), LIMIT));

    expect(failure.code).toBe("NotSupported");
  });
});

describe("the PowerShell of these tests", () => {
  const encode = (text: string): string => Buffer.from(text, "utf16le").toString("base64");
  const options = ["-NoLogo", "-NoProfile", "-NonInteractive"];

  it("runs the loader", () => {
    const start = startUp([...options, "-EncodedCommand", encodeLoader()], { host: ECHO_HOST });

    expect(start.kind).toBe("runs");
  });

  it.each<[string, readonly string[]]>([
    ["commands from standard input", ["-Command", "-"]],
    ["a prompt after the command", ["-NoExit", "-EncodedCommand", encodeLoader()]],
    ["another command", ["-EncodedCommand", encode("exit")]],
    ["a command in UTF-8", ["-EncodedCommand", Buffer.from("exit").toString("base64url")]],
    ["a command line that cmd.exe cuts", ["-EncodedCommand", encode("#".repeat(4000))]],
    ["something behind the command", ["-EncodedCommand", encodeLoader(), "-NoProfile"]],
  ])("refuses %s", (_, words) => {
    const start = startUp([...options, ...words], { host: ECHO_HOST });

    expect(start.kind).toBe("ends");
  });

  it("takes standard input away from a command that mentions the variable for it", () => {
    const start = startUp(["-EncodedCommand", encode("$Input | Out-Null")], { host: ECHO_HOST });

    expect(start.kind).toBe("waits");
  });
});
