import { cimFailureOf, isOutcomeUnknown } from "../../provider/hyperv/cim/cim-failure";
import { openPowerShellCimSession } from "../../provider/hyperv/powershell/powershell-session";
import { failureOf } from "../support/failure-of";
import { CHANGE, LIMIT, READ } from "../support/fake-powershell/calls";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";

describeOnPosix("when there is no session to be had", () => {
  const openSession = useFakeSessions();

  it("a missing executable is an unreachable host, never a missing disk", async () => {
    const session = openPowerShellCimSession({
      transport: { kind: "local", executable: "/nowhere/powershell" },
    });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));

    expect(failure.message).toMatch(/^\[HostUnreachable\] .*ENOENT.* Install PowerShell/);
    expect(isOutcomeUnknown(failure)).toBe(false);
  });

  it("an executable that no system could start is an unreachable host", async () => {
    const session = openPowerShellCimSession({
      transport: { kind: "local", executable: "power\0shell" },
    });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));

    expect(failure.code).toBe("HostUnreachable");
  });

  it("a process that ends before it is ready fails all who wait, and is tried again by later calls", async () => {
    const { session, fake } = openSession({
      greeting: "exit 1",
      noise: { stdout: "", stderr: "Host key verification failed.\r\n" },
    });

    const failures = await Promise.all([
      failureOf(session.invoke(CHANGE, LIMIT)),
      failureOf(session.invoke(READ, LIMIT)),
    ]);
    await failureOf(session.invoke(READ, LIMIT));

    expect(failures.map(({ code }) => code)).toEqual(["HostUnreachable", "HostUnreachable"]);
    expect(failures[0]?.message).toContain("Host key verification failed.");
    expect(fake.countStarts()).toBe(2);
  });

  it("a process that never gets ready is given up", async () => {
    const { session } = openSession({ greeting: "never" }, { startTimeoutMs: 500 });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));

    expect(failure.code).toBe("HostUnreachable");
    expect(isOutcomeUnknown(failure)).toBe(false);
  });

  it("a process that greets with something else is given up", async () => {
    const { session } = openSession({ greeting: "garbage" });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));

    expect(failure.message).toContain("unreadable");
  });

  it("a PowerShell without CIM is not supported, and the message says what to do", async () => {
    const { session } = openSession({ greeting: "without CIM" });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));

    expect(failure.message).toMatch(/^\[NotSupported\] .*vhd:transport/);
    expect(cimFailureOf(failure)).toBeUndefined();
  });
});
