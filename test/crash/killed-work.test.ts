import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { listNames } from "../support/embedded-disks";
import { startScript } from "../support/run-script";
import { soakRuns } from "../support/soak";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const DISKS = 50;
const KILLS = soakRuns(8);
const folder = useTempFolder();

jest.setTimeout(1_200_000);

/**
 * Takes all disks through their lives as an engine does: what is done is written down after each
 * step, and a later run goes on with the step that was not written down. Disk by disk: make it,
 * enlarge it, move it, point it at another copy of its parent, delete every other one.
 */
function lifeScript(place: string, format: string): string {
  return `
    const fs = require("node:fs");
    const { createEmbeddedBackend } = require(dist + "/provider/embedded/embedded-backend.js");
    const backend = createEmbeddedBackend();
    const place = ${JSON.stringify(place)}, format = ${JSON.stringify(format)};
    const statePath = place + "/state.json";
    const state = JSON.parse(fs.readFileSync(statePath, "utf8"));
    const save = () => { fs.writeFileSync(statePath + ".new", JSON.stringify(state)); fs.renameSync(statePath + ".new", statePath); };
    const steps = [
      async (disk, name) => {
        const path = place + "/disks/" + name + "." + format;
        const request = { type: "differencing", format, path, parentPath: place + "/golden/base." + format, owner: name };
        disk.identity = (await backend.createDisk(request)).identity;
        disk.path = path;
      },
      async (disk) => { if (format === "vhdx") await backend.growDisk(disk, ${64 * MIB}); },
      async (disk, name) => {
        const path = place + "/moved/" + name + "." + format;
        disk.identity = (await backend.moveDisk(disk, path)).identity;
        disk.path = path;
      },
      async (disk) => { await backend.setParent(disk, place + "/golden/copy." + format); },
      async (disk, name) => { if (Number(name) % 2 === 0) await backend.deleteDisk(disk); },
    ];
    console.log("ready");
    Promise.all(Object.entries(state).map(async ([name, disk]) => {
      while (disk.step < steps.length) {
        await steps[disk.step](disk, name);
        disk.step += 1;
        save();
        console.log("step");
      }
    })).then(() => console.log("finished"), (error) => console.log("failed " + error.message));
  `;
}

/**
 * Runs the script; kills it after so many steps, at a moment that differs from run to run. @returns
 * what it printed
 */
async function runLives(script: string, killAfterSteps: number): Promise<string> {
  const child = startScript(script);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
    if (output.split("step").length > killAfterSteps) {
      child.kill("SIGKILL");
    }
  });
  await once(child, "close");
  return output;
}

describe.each(["vhd", "vhdx"] as const)(
  "fifty %ss whose provider is killed again and again",
  (format) => {
    it("come to their declared end without a step by hand", async () => {
      const place = folder(format);
      ["", "/golden", "/disks", "/moved"].forEach((name) => mkdirSync(place + name));
      const backend = createEmbeddedBackend();
      const basePath = `${place}/golden/base.${format}`;
      await backend.createDisk({ type: "dynamic", format, path: basePath, sizeBytes: 16 * MIB });
      copyFileSync(basePath, `${place}/golden/copy.${format}`);
      const names = Array.from({ length: DISKS }, (_, index) => String(index));
      writeFileSync(
        `${place}/state.json`,
        JSON.stringify(Object.fromEntries(names.map((name) => [name, { step: 0 }]))),
      );

      const outputs: string[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        outputs.push(await runLives(lifeScript(place, format), 3 + ((kill * 7) % 31)));
      }
      outputs.push(await runLives(lifeScript(place, format), Number.MAX_SAFE_INTEGER));

      expect(outputs.filter((output) => output.includes("failed"))).toEqual([]);
      expect(outputs.at(-1)).toContain("finished");
      const kept = names.filter((name) => Number(name) % 2 === 1);
      expect(listNames(`${place}/disks`)).toEqual([]);
      expect(listNames(`${place}/moved`).toSorted()).toEqual(
        kept.map((name) => `${name}.${format}`).toSorted(),
      );
      for (const name of kept) {
        const chain = await backend.readChain(`${place}/moved/${name}.${format}`);
        expect(chain.map((disk) => disk.path)).toEqual([
          `${place}/moved/${name}.${format}`,
          `${place}/golden/copy.${format}`,
        ]);
      }
      expect(existsSync(basePath) && readFileSync(basePath).length > 0).toBe(true);
    });
  },
);
