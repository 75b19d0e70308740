import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { listNames } from "../support/embedded-disks";
import { startScript } from "../support/run-script";
import { soakRuns } from "../support/soak";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const ROUNDS = soakRuns(40);
const folder = useTempFolder();
const backend = createEmbeddedBackend();

jest.setTimeout(1_200_000);

/**
 * Starts a process that waits for a line, then runs steps one after the other and prints the
 * outcome of each.
 */
async function startSteps(steps: readonly string[]): Promise<ChildProcess> {
  const child = startScript(`
    const { createEmbeddedBackend } = require(dist + "/provider/embedded/embedded-backend.js");
    const backend = createEmbeddedBackend();
    const steps = [${steps.map((step) => `() => ${step}`).join(",\n")}];
    console.log("ready");
    process.stdin.once("data", async () => {
      for (const step of steps) {
        console.log(await step().then(() => "done", (error) => error.code ?? error.message));
      }
      process.exit();
    });
  `);
  await once(child.stdout!, "data");
  return child;
}

/** A command line holds so many steps. */
const STEPS_AT_ONCE = 40;

/**
 * Runs two lists of steps at the same time, each in a process of its own. @returns the outcomes,
 * pair by pair
 */
async function race(
  left: readonly string[],
  right: readonly string[],
): Promise<[string, string][]> {
  const outcomes: [string, string][] = [];
  for (let start = 0; start < left.length; start += STEPS_AT_ONCE) {
    const end = start + STEPS_AT_ONCE;
    outcomes.push(...(await raceOnce(left.slice(start, end), right.slice(start, end))));
  }
  return outcomes;
}

async function raceOnce(
  left: readonly string[],
  right: readonly string[],
): Promise<[string, string][]> {
  const processes = await Promise.all([left, right].map(startSteps));
  const outputs = processes.map(async (child) => {
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stdin?.write("go\n");
    await once(child, "close");
    return output.trim().split("\n");
  });
  const [ofLeft = [], ofRight = []] = await Promise.all(outputs);
  return ofLeft.map((outcome, index) => [outcome, ofRight[index] ?? "nothing"]);
}

async function makeBases(name: string): Promise<{ place: string; path: string; target: string }[]> {
  const bases = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const place = folder(`${name}-${round}`);
    mkdirSync(place);
    const path = `${place}/base.vhdx`;
    const { identity } = await backend.createDisk({
      type: "dynamic",
      format: "vhdx",
      path,
      sizeBytes: 16 * MIB,
    });
    bases.push({ place, path, target: JSON.stringify({ path, identity }) });
  }
  return bases;
}

describe("two processes", () => {
  it("grow one disk one after the other, and leave it whole", async () => {
    const bases = await makeBases("grow");
    const steps = bases.map(({ target }) => `backend.growDisk(${target}, ${64 * MIB})`);

    const outcomes = await race(steps, steps);

    expect(outcomes).toEqual(bases.map(() => ["done", "done"]));
    for (const { path } of bases) {
      expect((await backend.inspectDisk(path)).sizeBytes).toBe(64 * MIB);
    }
  });

  it.each([
    ["deletes", (target: string) => `backend.deleteDisk(${target})`],
    ["grows", (target: string) => `backend.growDisk(${target}, ${64 * MIB})`],
  ])("never break a child, when one makes it and the other %s the parent", async (name, change) => {
    const bases = await makeBases(name);
    const making = bases.map(({ place, path }) => {
      const request = {
        type: "differencing",
        format: "vhdx",
        path: `${place}/child.vhdx`,
        parentPath: path,
      };
      return `backend.createDisk(${JSON.stringify(request)})`;
    });

    const outcomes = await race(
      making,
      bases.map(({ target }) => change(target)),
    );

    for (const [index, { place }] of bases.entries()) {
      const [made, changed] = outcomes[index] ?? [];
      expect(["done", "ParentNotFound", "InUse"]).toContain(made);
      expect(["done", "HasChildren"]).toContain(changed);
      expect(listNames(place).includes("child.vhdx")).toBe(made === "done");
      expect(
        made === "done" ? await backend.readChain(`${place}/child.vhdx`) : [1, 2],
      ).toHaveLength(2);
    }
  });

  it("let one of them have a path that both want", async () => {
    const places = Array.from({ length: ROUNDS }, (_, round) => folder(`path-${round}`));
    places.forEach((place) => mkdirSync(place));
    const steps = places.map((place) => {
      const request = {
        type: "dynamic",
        format: "vhdx",
        path: `${place}/a.vhdx`,
        sizeBytes: 16 * MIB,
      };
      return `backend.createDisk(${JSON.stringify(request)})`;
    });

    const outcomes = await race(steps, steps);

    expect(outcomes.map((pair) => pair.toSorted())).toEqual(
      places.map(() => ["AlreadyExists", "done"]),
    );
    expect(places.map(listNames)).toEqual(places.map(() => ["a.vhdx"]));
  });
});
