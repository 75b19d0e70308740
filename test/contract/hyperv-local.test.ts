import { createHypervBackend } from "../../provider/hyperv/hyperv-backend";
import { InstantClock } from "../support/instant-clock";
import { createSimulatedHost } from "../support/simulated-host";
import { toContractHost } from "../support/simulated-host/contract-host";
import { useTempFolder } from "../support/temp-folder";
import { describeDiskBackend } from "./disk-backend";

const inTemp = useTempFolder();

describeDiskBackend("Hyper-V, a simulated host in this process", () => {
  const host = createSimulatedHost({ folder: inTemp("host"), language: "de" });
  return toContractHost(host, createHypervBackend(host.session(), { clock: new InstantClock() }));
});

describeDiskBackend("Hyper-V, a host that is slow with its jobs and short in its answers", () => {
  const host = createSimulatedHost({
    folder: inTemp("slow"),
    language: "ja",
    pollsPerJob: 5,
    maxRangesPerAnswer: 1,
    utcOffsetMinutes: -480,
  });
  return toContractHost(host, createHypervBackend(host.session(), { clock: new InstantClock() }));
});
