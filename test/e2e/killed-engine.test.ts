import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { listNames } from "../support/embedded-disks";
import { findDescendants } from "../support/process-tree";
import { type PulumiProject, createProjectStack, writeProject } from "../support/pulumi-project";
import { useTempFolder } from "../support/temp-folder";

const DISKS = 50;
const MIB = 1024 * 1024;
const folder = useTempFolder();
const backend = createEmbeddedBackend();

jest.setTimeout(900_000);

/** What an update is to bring about. */
interface Wish {
  /** The door through which the program declares its disks. */
  readonly moduleName: string;
  readonly format: string;
  /** The folder of the children, below the place of the test. */
  readonly disks: string;
  readonly sizeBytes: number;
}

/** A base, and fifty disks over it in another folder. */
function program(place: string, { moduleName, format, disks, sizeBytes }: Wish): string {
  return `
    const vhd = require("${moduleName}");
    const base = new vhd.VirtualDisk("base", {
      path: "${place}/golden/base.${format}",
      sizeBytes: ${64 * MIB},
    });
    for (let index = 0; index < ${DISKS}; index += 1) {
      const path = "${place}/${disks}/disk-" + index + ".${format}";
      new vhd.DifferencingDisk("disk-" + index, {
        path,
        parentPath: base.path,
        sizeBytes: ${sizeBytes},
      });
    }
  `;
}

type Victim = "engine" | "provider" | "user";

/** In the command lines of the provider behind each of the two doors. */
const PROVIDERS = ["dynamic-provider", "pulumi-resource-vhd"];

/** Ends an update under way: by death of the engine or the provider, or as Ctrl+C does. */
function strike(victim: Victim, enginePid: number): void {
  if (victim === "provider") {
    for (const name of PROVIDERS) {
      findDescendants(enginePid, name).forEach((pid) => process.kill(pid, "SIGKILL"));
    }
  } else {
    process.kill(-enginePid, victim === "engine" ? "SIGKILL" : "SIGINT");
  }
}

/** Runs a command and cuts it off as soon as it has touched some disks in a folder. */
async function cutOff(
  project: PulumiProject,
  command: string,
  disks: string,
  count: number,
  victim: Victim,
): Promise<void> {
  const engine = project.start(command, "--yes", "--skip-preview");
  const exited = once(engine, "exit");
  const touched = new Set<string>();
  const watcher = watch(disks, (_event, name) => {
    if (name?.startsWith("disk") === true && touched.add(name).size === count) {
      strike(victim, engine.pid ?? 0);
    }
  });
  await exited;
  watcher.close();
}

/**
 * What a killed engine leaves of its own: a lock on the stack, for which Pulumi names the command,
 * and now and then a state cut off in the middle of its writing, beside which its predecessor is.
 *
 * @returns whether the state had to be restored
 */
function recoverPulumi(project: PulumiProject, home: string): boolean {
  const isRestored = restoreState(join(home, "backend", ".pulumi", "stacks", "test", "test.json"));
  project.run("cancel", "--yes");
  return isRestored;
}

function restoreState(path: string): boolean {
  const attributes = `${path}.attrs`;
  const [isWhole, hasAttributes] = [isJson(path), isJson(attributes)];
  if (!isWhole) {
    copyFileSync(`${path}.bak`, path);
  }
  if (!hasAttributes) {
    // Pulumi does without them, and says EOF where they are empty.
    rmSync(attributes, { force: true });
  }
  return !isWhole || !hasAttributes;
}

function isJson(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, "utf8"));
    return true;
  } catch {
    return false;
  }
}

/** Runs a command to its end. @returns what it said where it failed */
function finish(project: PulumiProject, ...args: string[]): string {
  const { exitCode, output } = project.run(...args, "--yes", "--skip-preview");
  return exitCode === 0 ? "" : output;
}

/** It takes minutes: `npm run soak -- test/e2e/killed-engine`. */
const isSoak = process.env["VHD_SOAK"] !== undefined;
if (!isSoak) {
  process.stderr.write(
    "skipped: disks whose update is cut off (npm run soak -- test/e2e/killed-engine)\n",
  );
}

const CASES = [
  ["vhd", "pulumi-vhd"],
  ["vhdx", "pulumi-vhd"],
  ["vhdx", "pulumi-vhd/native"],
].flatMap(([format = "", moduleName = ""]) =>
  (["engine", "provider", "user"] as const).map((victim) => [format, victim, moduleName] as const),
);

(isSoak ? describe : describe.skip)("fifty disks whose update is cut off", () => {
  it.each(CASES)("are as declared after the next one: %s, by the %s, %s", async (...given) => {
    const [format, victim, moduleName] = given;
    const place = folder(`${format}-${victim}-${moduleName.length}`);
    ["", "/golden", "/disks", "/moved"].forEach((name) => mkdirSync(place + name));
    const home = `${place}/home`;
    const project = createProjectStack(writeProject(`${place}/project`, ""), home);
    const made = { moduleName, format, disks: "disks", sizeBytes: 64 * MIB };
    const grown = { ...made, sizeBytes: (format === "vhdx" ? 96 : 64) * MIB };
    const moved = { ...grown, disks: "moved" };
    const rounds: readonly (readonly [Wish, readonly number[]])[] = [
      [made, [3, 30]],
      [grown, format === "vhdx" ? [5, 20] : []],
      [moved, [5, 20]],
    ];
    const reports: string[] = [];
    let restored = 0;

    for (const [wish, counts] of rounds) {
      writeFileSync(join(project.folder, "index.js"), program(place, wish));
      for (const count of counts) {
        await cutOff(project, "up", `${place}/${wish.disks}`, count, victim);
        restored += recoverPulumi(project, home) ? 1 : 0;
      }
      reports.push(finish(project, "up"), finish(project, "up", "--expect-no-changes"));
      const names = listNames(`${place}/${wish.disks}`);
      expect([reports.join(""), names.length]).toEqual(["", DISKS]);
      for (const name of names) {
        const chain = await backend.readChain(`${place}/${wish.disks}/${name}`);
        expect([chain.length, chain[0]?.sizeBytes]).toEqual([2, wish.sizeBytes]);
      }
    }
    for (const count of [5, 20]) {
      await cutOff(project, "destroy", `${place}/moved`, count, victim);
      restored += recoverPulumi(project, home) ? 1 : 0;
    }

    process.stderr.write(`${format}, ${victim}: Pulumi's own state restored ${restored} times\n`);
    expect(finish(project, "destroy")).toBe("");
    expect(["disks", "moved", "golden"].flatMap((name) => listNames(`${place}/${name}`))).toEqual(
      [],
    );
  });
});
