import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { listNames } from "../support/embedded-disks";
import { startScript } from "../support/run-script";
import { soakRuns } from "../support/soak";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const DISKS = 40;
const ROUNDS = soakRuns(2);
const folder = useTempFolder();

jest.setTimeout(600_000);

/** One run of a stack: a base and disks over it, each made for the same owner in every run. */
function runScript(place: string, format: string): string {
  return `
    const { createEmbeddedBackend } = require(dist + "/provider/embedded/embedded-backend.js");
    const backend = createEmbeddedBackend();
    const place = ${JSON.stringify(place)}, format = ${JSON.stringify(format)};
    const basePath = place + "/golden/base." + format;
    const make = (type, owner, path, rest) =>
      backend.createDisk({ type, format, path, owner, ...rest }).catch((error) => console.log(error.message));
    process.stdin.once("data", () => process.exit());
    console.log("ready");
    (async () => {
      await make("dynamic", "base", basePath, { sizeBytes: ${16 * MIB} });
      const names = Array.from({ length: ${DISKS} }, (_, index) => String(index));
      await Promise.all(names.map((name) =>
        make("differencing", name, place + "/disks/" + name + "." + format, { parentPath: basePath })));
      console.log("finished");
      process.exit();
    })();
  `;
}

/** Runs the script to its end. @returns what it printed */
async function run(script: string): Promise<string> {
  const child = startScript(script);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  await once(child, "close");
  return output;
}

/** Starts the script and lets it die in the middle: killed, or ended as by a lost engine. */
async function runAndDie(script: string, afterMs: number, isKilled: boolean): Promise<void> {
  const child = startScript(script);
  // It may have ended before it is told to.
  child.stdin?.on("error", () => undefined);
  await once(child.stdout!, "data");
  setTimeout(() => (isKilled ? child.kill("SIGKILL") : child.stdin?.write("exit")), afterMs);
  await once(child, "close");
}

describe.each(["vhd", "vhdx"] as const)("%ss of a run that has not quite ended", (format) => {
  it("are recognised by the next run, whenever the first one dies", async () => {
    const outputs: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const place = folder(`${format}-${round}`);
      ["", "/golden", "/disks"].forEach((name) => mkdirSync(place + name));
      const script = runScript(place, format);

      const [output] = await Promise.all([
        run(script),
        ...[5, 25, 60, 120].map((afterMs, index) =>
          runAndDie(script, afterMs + round, index % 2 === 0),
        ),
      ]);

      outputs.push(output);
      const backend = createEmbeddedBackend();
      const names = listNames(`${place}/disks`).filter((name) => !name.startsWith("."));
      const chains = await Promise.all(
        names.map((name) => backend.readChain(`${place}/disks/${name}`)),
      );
      expect(chains.map((chain) => chain.length)).toEqual(Array<number>(DISKS).fill(2));
    }
    expect(outputs).toEqual(outputs.map(() => "ready\nfinished\n"));
  });
});
