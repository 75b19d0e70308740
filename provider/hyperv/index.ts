/** What others need of this folder, in one module, so that it is loaded where a host is configured. */
export { createHypervBackend } from "./hyperv-backend";
export { createReferencePointService } from "./machines/reference-points";
export { openPowerShellCimSession } from "./powershell/powershell-session";
