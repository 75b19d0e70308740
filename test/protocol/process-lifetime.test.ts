import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { openPowerShellCimSession } from "../../provider/hyperv/powershell/powershell-session";
import { failureOf } from "../support/failure-of";
import { callOf } from "../support/fake-powershell/fake-host";
import { ECHO_HOST, describeOnPosix } from "../support/fake-powershell/use-fake-sessions";
import {
  type FakePowerShell,
  writeFakePowerShell,
} from "../support/fake-powershell/write-fake-powershell";
import { useTempFolder } from "../support/temp-folder";
import { writeTypeScriptProgram } from "../support/typescript-program";
import { until } from "../support/until";

const POWERSHELL = JSON.stringify(
  require.resolve("../../provider/hyperv/powershell/powershell-session"),
);

describeOnPosix("a program with an open session", () => {
  const inTemp = useTempFolder();
  let count = 0;

  /**
   * Starts a program that sends some calls, the last of which can hang, and never closes its
   * session.
   */
  function startProgram(
    calls: readonly string[],
    atTheEnd = "",
  ): { program: ChildProcess; fake: FakePowerShell } {
    count += 1;
    const fake = writeFakePowerShell(inTemp(`powershell-${count}`), {
      host: ECHO_HOST,
      misdeeds: [{ at: "Hang", how: "hang" }],
    });
    const path = inTemp(`program-${count}`);
    writeTypeScriptProgram(
      path,
      `const { openPowerShellCimSession } = require(${POWERSHELL});
       const session = openPowerShellCimSession({ transport: { kind: "local", executable: ${JSON.stringify(fake.executable)} } });
       const target = { namespace: "root", className: "Service", keys: {} };
       const invoke = (method) => session.invoke({ target, method, arguments: {}, readOnly: true }, { timeoutMs: 60000 });
       (async () => { for (const method of ${JSON.stringify(calls)}) await invoke(method); ${atTheEnd} })();`,
    );
    return { program: spawn(path, { stdio: "inherit" }), fake };
  }

  it("ends by itself when its work is done, and PowerShell ends with it", async () => {
    const { program, fake } = startProgram(["Echo", "Echo"]);

    const [exitCode] = (await once(program, "exit")) as [number | null];

    expect(exitCode).toBe(0);
    await until(() => !isAlive(fake));
    expect(fake.countLines()).toBe(2);
  });

  it("does not leave PowerShell behind when it exits in the middle of a request", async () => {
    const { program, fake } = startProgram(
      ["Echo"],
      `invoke("Hang"); setTimeout(() => process.exit(5), 50);`,
    );

    const [exitCode] = (await once(program, "exit")) as [number | null];

    expect(exitCode).toBe(5);
    await until(() => !isAlive(fake));
  });

  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "does not leave PowerShell behind when %s ends it in the middle of a request",
    async (signal) => {
      const { program, fake } = startProgram(["Echo", "Hang"]);
      await until(() => fake.countLines() === 2);

      program.kill(signal);
      const [, endedBy] = (await once(program, "exit")) as [number | null, string | null];

      expect(endedBy).toBe(signal);
      await until(() => !isAlive(fake));
    },
  );

  it("ends PowerShell by closing its standard input when the session is closed", async () => {
    const fake = writeFakePowerShell(inTemp("closed"), { host: ECHO_HOST });
    const session = openPowerShellCimSession({
      transport: { kind: "local", executable: fake.executable },
    });
    await session.invoke(callOf("Echo"), { timeoutMs: 30_000 });

    await session.close();

    expect(isAlive(fake)).toBe(false);
    expect(fake.readEvents().at(-1)?.event).toBe("end of input");
  });
});

describeOnPosix("the variable NODE_POWERSHELL", () => {
  const inTemp = useTempFolder();
  const before = process.env["NODE_POWERSHELL"];

  afterEach(() => {
    process.env["NODE_POWERSHELL"] = before;
    if (before === undefined) {
      delete process.env["NODE_POWERSHELL"];
    }
  });

  it("has no say in which PowerShell is started", async () => {
    const named = writeFakePowerShell(inTemp("named"), { host: ECHO_HOST });
    const planted = writeFakePowerShell(inTemp("planted"), { host: ECHO_HOST });
    process.env["NODE_POWERSHELL"] = planted.executable;
    const session = openPowerShellCimSession({
      transport: { kind: "local", executable: named.executable },
    });

    await session.invoke(callOf("Echo"), { timeoutMs: 30_000 });
    await session.close();

    expect([named.countStarts(), planted.countStarts()]).toEqual([1, 0]);
  });

  it("cannot redirect SSH either", async () => {
    const planted = writeFakePowerShell(inTemp("planted-ssh"), { host: ECHO_HOST });
    process.env["NODE_POWERSHELL"] = planted.executable;
    const session = openPowerShellCimSession({
      transport: { kind: "ssh", host: "hv1.example", executable: "/nowhere/ssh" },
    });

    const failure = await failureOf(session.invoke(callOf("Echo"), { timeoutMs: 30_000 }));
    await session.close();

    expect(failure.message).toContain("/nowhere/ssh");
    expect(planted.countStarts()).toBe(0);
  });
});

function isAlive(fake: FakePowerShell): boolean {
  return fake.readEvents().some((entry) => entry.event === "start" && isRunning(entry.pid));
}

/** A process that has ended but whose new parent has not noticed yet does not count. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    return process.platform !== "linux" && (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
