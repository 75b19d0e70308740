import { isOutcomeUnknown } from "../../provider/hyperv/cim/cim-failure";
import { cimString } from "../../provider/hyperv/cim/cim-values";
import { encodeLoader } from "../../provider/hyperv/powershell/bridge-scripts";
import { failureOf } from "../support/failure-of";
import { CHANGE, LIMIT } from "../support/fake-powershell/calls";
import { callOf } from "../support/fake-powershell/fake-host";
import { useFakeSessions } from "../support/fake-powershell/use-fake-sessions";
import {
  type SshServer,
  describeWithSshServer,
  makeKey,
  startSshServer,
} from "../support/ssh-server";
import { useTempFolder } from "../support/temp-folder";

describeWithSshServer("a session over SSH", () => {
  const inTemp = useTempFolder();
  const openSession = useFakeSessions();
  let server: SshServer;

  beforeAll(async () => {
    server = await startSshServer(inTemp);
  });

  afterAll(() => server.stop());

  /**
   * The fake is on the other side of the connection: it is the remote PowerShell, and `ssh` is the
   * real one.
   */
  function openSshSession(
    behaviour: Parameters<typeof openSession>[0] = {},
    changes: Partial<SshServer["transport"]> = {},
  ): ReturnType<typeof openSession> {
    return openSession(behaviour, {
      transport: (remoteExecutable) => ({ ...server.transport, remoteExecutable, ...changes }),
    });
  }

  it("starts PowerShell on the host and talks to it as to a local one", async () => {
    const { session, fake } = openSshSession();
    const text = cimString('ü‘$(calc)`n"');

    const result = await session.invoke(callOf("Echo", { Text: text }), LIMIT);

    expect(result.outputs["Text"]).toEqual(text);
    expect(fake.readEvents()[0]).toMatchObject({
      event: "start",
      arguments: ["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", encodeLoader()],
    });
  });

  it("needs one connection for many calls at the same time", async () => {
    const { session, fake } = openSshSession();

    await Promise.all(Array.from({ length: 300 }, () => session.invoke(callOf("Echo"), LIMIT)));

    expect([fake.countStarts(), fake.countLines()]).toEqual([1, 1]);
  });

  it("connects again when the remote PowerShell is gone", async () => {
    const { session, fake } = openSshSession({
      misdeeds: [{ at: "Change", how: "exit 3", times: 1 }],
    });

    const failure = await failureOf(session.invoke(CHANGE, LIMIT));
    await session.invoke(callOf("Echo"), LIMIT);

    expect(failure.code).toBe("SessionDropped");
    expect(isOutcomeUnknown(failure)).toBe(true);
    expect(fake.countStarts()).toBe(2);
  });

  it("ends the remote PowerShell when it is closed", async () => {
    const { session, fake } = openSshSession();
    await session.invoke(callOf("Echo"), LIMIT);

    await session.close();

    expect(fake.readEvents().at(-1)?.event).toBe("end of input");
  });

  it("refuses a host whose key is not known", async () => {
    const { session, fake } = openSshSession(
      {},
      { configFile: server.writeClientConfig("stranger", "") },
    );

    const failure = await failureOf(session.invoke(callOf("Echo"), LIMIT));

    expect(failure.message).toMatch(
      /^\[HostUnreachable\] .*Host key verification failed\..*the host key is known/,
    );
    expect(fake.countStarts()).toBe(0);
  });

  it("takes a new host's key where that is asked for", async () => {
    const configFile = server.writeClientConfig("accepting", "");
    const { session } = openSshSession({}, { configFile, hostKeyChecking: "accept-new" });

    const result = await session.invoke(callOf("Echo"), LIMIT);

    expect(result.returnValue).toBe(4096);
  });

  it.each(["yes", "accept-new"] as const)(
    "refuses a host whose key changed, with %s",
    async (hostKeyChecking) => {
      makeKey(inTemp(`other-key-${hostKeyChecking}`));
      const other = server.knownHostsLine(inTemp(`other-key-${hostKeyChecking}.pub`));
      const configFile = server.writeClientConfig(`changed-${hostKeyChecking}`, other);
      const { session, fake } = openSshSession({}, { configFile, hostKeyChecking });

      const failure = await failureOf(session.invoke(callOf("Echo"), LIMIT));

      expect(failure.code).toBe("HostUnreachable");
      expect(failure.message).toContain("Host key verification failed.");
      expect(fake.countStarts()).toBe(0);
    },
  );

  it("asks nothing when the key is not accepted", async () => {
    makeKey(inTemp("foreign-key"));
    const { session } = openSshSession({}, { identityFile: inTemp("foreign-key") });

    const failure = await failureOf(session.invoke(callOf("Echo"), LIMIT));

    expect(failure.message).toMatch(/^\[HostUnreachable\] .*Permission denied/);
  });
});
