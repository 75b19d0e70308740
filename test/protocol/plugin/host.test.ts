import { status } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { describeOnPosix } from "../../support/fake-powershell/use-fake-sessions";
import { writeFakePowerShell } from "../../support/fake-powershell/write-fake-powershell";
import { urnOf, usePluginClient } from "../../support/plugin-client";
import { useListeningEngine } from "../../support/listening-engine";
import { createSimulatedHost } from "../../support/simulated-host";
import type { SimulatedFault } from "../../support/simulated-host/options";
import { useTempFolder } from "../../support/temp-folder";
import { until } from "../../support/until";

const MIB = 1024 * 1024;
// Ends before the folder goes: what it runs may still hold files there.
const startClient = usePluginClient();
const startEngine = useListeningEngine();
const tempPath = useTempFolder();

describeOnPosix("on a Hyper-V host", () => {
  const resource = { type: "VirtualDisk", name: "disk" };

  it("the progress of jobs reaches the user beside the resource", async () => {
    const engine = await startEngine();
    const { config, path } = makeHost("progress");
    const client = await startClient(config, engine.address);

    await client.create(resource, { path, sizeBytes: 16 * MIB });

    expect(engine.lines[0]).toEqual({
      urn: urnOf(resource),
      message: expect.stringMatching(/CreateVirtualHardDisk of .*: \d+%/),
      severity: "INFO",
      isEphemeral: true,
    });
  });

  it("a job that is under way ends when the user cancels", async () => {
    const engine = await startEngine();
    const hang = {
      at: "CreateVirtualHardDisk",
      how: { kind: "job hangs", cancellable: true },
    } as const;
    const { config, path } = makeHost("cancel", [hang]);
    const client = await startClient(config, engine.address);

    const creation = client.create(resource, { path, sizeBytes: 16 * MIB });
    const outcome = expect(creation).rejects.toMatchObject({
      details: expect.stringMatching(/^\[Timeout\] the wait for the job was cancelled/),
    });
    await until(() => engine.lines.length > 0);
    await client.call("cancel", new Empty());

    await outcome;
  });

  it("an operation is answered when its customTimeouts are over", async () => {
    const hang = {
      at: "CreateVirtualHardDisk",
      how: { kind: "job hangs", cancellable: true },
    } as const;
    const { config, path } = makeHost("timeout", [hang]);
    const client = await startClient(config);

    const creation = client.create(resource, { path, sizeBytes: 16 * MIB }, { timeout: 0.2 });

    await expect(creation).rejects.toMatchObject({
      code: status.UNKNOWN,
      details: expect.stringMatching(/^\[Timeout\].*customTimeouts allow: disk \(seconds 0\.2\)/),
    });
    await client.call("cancel", new Empty());
  });
});

/** A simulated host behind a PowerShell of its own, as configuration. */
function makeHost(
  name: string,
  faults: SimulatedFault[] = [],
): { config: Record<string, string>; path: string } {
  const options = { folder: tempPath(`${name}-host`) };
  const host = createSimulatedHost(options);
  host.makeFolder(String.raw`C:\disks`);
  host.inject(...faults);
  const modulePath = require.resolve("../../support/simulated-host");
  const { executable } = writeFakePowerShell(tempPath(`${name}-powershell`), {
    host: { modulePath, options },
  });
  return { config: { backend: "hyperv", executable }, path: String.raw`C:\disks\disk.vhdx` };
}
