import { createHypervBackend } from "../../provider/hyperv/hyperv-backend";
import { openPowerShellCimSession } from "../../provider/hyperv/powershell/powershell-session";
import type { HostTransport } from "../../provider/hyperv/powershell/transports";
import { describeOnPosix } from "../support/fake-powershell/use-fake-sessions";
import { writeFakePowerShell } from "../support/fake-powershell/write-fake-powershell";
import { InstantClock } from "../support/instant-clock";
import { createSimulatedHost } from "../support/simulated-host";
import { toContractHost } from "../support/simulated-host/contract-host";
import { type SshServer, describeWithSshServer, startSshServer } from "../support/ssh-server";
import { useTempFolder } from "../support/temp-folder";
import type { ContractHost } from "./contract-host";
import { describeDiskBackend } from "./disk-backend";

const inTemp = useTempFolder();

/** A simulated host in another process, behind the real node-powershell. */
function makeRemoteHost(name: string, plan: (powershell: string) => HostTransport): ContractHost {
  const options = { folder: inTemp(`${name}-host`) };
  const modulePath = require.resolve("../support/simulated-host");
  const fake = writeFakePowerShell(inTemp(`${name}-powershell`), {
    host: { modulePath, options },
    lineEnd: "\r\n",
  });
  const session = openPowerShellCimSession({ transport: plan(fake.executable) });
  return toContractHost(
    createSimulatedHost(options),
    createHypervBackend(session, { clock: new InstantClock() }),
  );
}

describeOnPosix("through a local PowerShell", () => {
  describeDiskBackend("Hyper-V, through a local PowerShell", () =>
    makeRemoteHost("local", (executable) => ({ kind: "local", executable })),
  );
});

describeWithSshServer("through SSH", () => {
  let server: SshServer;

  afterAll(() => server.stop());

  describeDiskBackend("Hyper-V, through SSH", async () => {
    server = await startSshServer(inTemp);
    return makeRemoteHost("ssh", (remoteExecutable) => ({ ...server.transport, remoteExecutable }));
  });
});
