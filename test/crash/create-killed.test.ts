import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { runLimitedScript, startScript } from "../support/run-script";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const folder = useTempFolder();

jest.setTimeout(120_000);

/** A script that makes disks one after the other, `count` of them, and says when each is there. */
function makingScript(place: string, count: number): string {
  return `
    const { createEmbeddedBackend } = require(dist + "/provider/embedded/embedded-backend.js");
    const backend = createEmbeddedBackend();
    (async () => {
      for (let index = 0; index < ${count}; index += 1) {
        const path = ${JSON.stringify(place)} + "/disk-" + index + ".vhdx";
        await backend.createDisk({ type: "dynamic", format: "vhdx", path, sizeBytes: ${64 * MIB} });
        console.log("made " + index);
      }
    })().catch((error) => { console.log(error.message); process.exitCode = 1; });
  `;
}

/** Kills the process that makes disks in the middle of its work, after it made some. */
async function killWhileMaking(place: string): Promise<void> {
  const child = startScript(makingScript(place, 10_000));
  let made = 0;
  child.stdout?.on("data", (chunk: Buffer) => {
    made += chunk.toString("utf8").split("made").length - 1;
    if (made >= 5) {
      child.kill("SIGKILL");
    }
  });
  await once(child, "exit");
}

describe("a process that is killed while it makes disks", () => {
  it("leaves only whole disks under their names, and nothing that the next run cannot clean up", async () => {
    const place = folder("killed");
    mkdirSync(place);
    const backend = createEmbeddedBackend();

    for (let round = 0; round < 5; round += 1) {
      await killWhileMaking(place);
      const names = readdirSync(place).filter((name) => name.endsWith(".vhdx"));

      for (const name of names) {
        const disk = await backend.inspectDisk(`${place}/${name}`);
        expect(disk.sizeBytes).toBe(64 * MIB);
        await backend.deleteDisk({ path: disk.path, identity: disk.identity });
      }
      await backend.createDisk({
        type: "dynamic",
        format: "vhdx",
        path: `${place}/disk-${names.length}.vhdx`,
        sizeBytes: 64 * MIB,
      });

      expect(readdirSync(place)).toEqual([`disk-${names.length}.vhdx`]);
      const [{ path, identity }] = [
        await backend.inspectDisk(`${place}/disk-${names.length}.vhdx`),
      ];
      await backend.deleteDisk({ path, identity });
      expect(readdirSync(place)).toEqual([]);
    }
  });
});

const describeOnPosix = process.platform === "win32" ? describe.skip : describe;

describeOnPosix("a disk that cannot be written to its end", () => {
  it("leaves nothing behind, and says why", async () => {
    const place = folder("full");
    mkdirSync(place);

    // A limit of 1 MiB for every file, met as an error instead of a signal.
    const { code, output } = await runLimitedScript(
      "trap '' XFSZ; ulimit -f 2048",
      makingScript(place, 1),
    );

    expect(output).toMatch(/^\[IoFailed\].*disk-0\.vhdx.*EFBIG/);
    expect(code).toBe(1);
    expect(existsSync(`${place}/disk-0.vhdx`)).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });
});
