import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeTypeScriptProgram } from "../typescript-program";
import type { FakeBehaviour, FakeEvent } from "./behaviour";

/** A program that can be started in place of PowerShell. */
export interface FakePowerShell {
  /** Its full path. */
  readonly executable: string;
  /** What all its processes did so far. */
  readEvents(): FakeEvent[];
  /** How many processes were started so far. */
  countStarts(): number;
  /** How many lines of requests arrived so far. */
  countLines(): number;
}

/**
 * Writes an executable that speaks the protocol of cim-bridge.ps1 as a PowerShell that runs it
 * does: it takes the loader from its command line and the bridge from standard input, checks that
 * they are those very files, greets, and answers requests with a simulated host.
 *
 * It needs a shell that starts scripts by their first line, so it does not work on Windows.
 *
 * @param path where to write it; what it did is kept in files beside it
 */
export function writeFakePowerShell(path: string, behaviour: FakeBehaviour): FakePowerShell {
  const eventsPath = `${path}.events`;
  const main = JSON.stringify(join(__dirname, "main.ts"));
  writeTypeScriptProgram(
    path,
    `void require(${main}).runFakePowerShell(${JSON.stringify(behaviour)}, ` +
      `${JSON.stringify(path)});`,
  );
  const readEvents = (): FakeEvent[] =>
    existsSync(eventsPath)
      ? readFileSync(eventsPath, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as FakeEvent)
      : [];
  const count = (event: FakeEvent["event"]): number =>
    readEvents().filter((entry) => entry.event === event).length;
  return {
    executable: path,
    readEvents,
    countStarts: () => count("start"),
    countLines: () => count("line"),
  };
}
