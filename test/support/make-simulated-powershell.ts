/**
 * `ts-node make-simulated-powershell.ts FOLDER HOST_FOLDER`: makes, in FOLDER, a program that can
 * be started in place of PowerShell and answers for a simulated Hyper-V host with an empty folder
 * HOST_FOLDER. Prints where it is, as JSON. It is for bench/, which imports nothing from the tests.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeFakePowerShell } from "./fake-powershell/write-fake-powershell";
import { createSimulatedHost } from "./simulated-host";

const [folder = "", hostFolder = ""] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const options = { folder: join(folder, "volumes") };
createSimulatedHost(options).makeFolder(hostFolder);
const modulePath = require.resolve("./simulated-host");
const { executable } = writeFakePowerShell(join(folder, "powershell"), {
  host: { modulePath, options },
});
process.stdout.write(JSON.stringify({ executable, eventsPath: `${executable}.events` }));
