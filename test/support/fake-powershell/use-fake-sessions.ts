import type { CimSession } from "../../../provider/hyperv/cim/cim-session";
import {
  type PowerShellSessionOptions,
  openPowerShellCimSession,
} from "../../../provider/hyperv/powershell/powershell-session";
import type { HostTransport } from "../../../provider/hyperv/powershell/transports";
import { useTempFolder } from "../temp-folder";
import type { FakeBehaviour } from "./behaviour";
import { type FakePowerShell, writeFakePowerShell } from "./write-fake-powershell";

/** A session under test, and the program it runs on. */
export interface FakeSession {
  readonly session: CimSession;
  readonly fake: FakePowerShell;
}

/** How to open it; the transport gets the path of the fake. */
export type FakeSessionOptions = Omit<PowerShellSessionOptions, "transport"> & {
  readonly transport?: (executable: string) => HostTransport;
};

/**
 * Opens sessions on fake PowerShells through the real node-powershell; all are closed when the
 * tests of the file end.
 *
 * Call it at the top of a test file. What it returns takes how the fake behaves (the echo host by
 * default) and how the session is opened (local by default).
 */
export function useFakeSessions(): (
  behaviour?: Partial<FakeBehaviour>,
  options?: FakeSessionOptions,
) => FakeSession {
  const inTemp = useTempFolder();
  const sessions: CimSession[] = [];
  afterAll(() => Promise.all(sessions.map((session) => session.close())));
  return (behaviour = {}, options = {}) => {
    const fake = writeFakePowerShell(inTemp(`powershell-${sessions.length}`), {
      host: ECHO_HOST,
      ...behaviour,
    });
    const plan = options.transport ?? ((executable) => ({ kind: "local", executable }));
    const session = openPowerShellCimSession({ ...options, transport: plan(fake.executable) });
    sessions.push(session);
    return { session, fake };
  };
}

/** The host that answers with what it was asked. */
export const ECHO_HOST = { modulePath: require.resolve("./echo-host") };

/**
 * `describe` where scripts can be started by their first line, which is everywhere but on Windows.
 */
export const describeOnPosix: jest.Describe =
  process.platform === "win32" ? describe.skip : describe;
