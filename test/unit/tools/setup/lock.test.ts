import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { withLock } from "../../../../tools/setup/lock.mjs";
import { run } from "../../../../tools/setup/run.mjs";
import { useTempFolder } from "../../../support/temp-folder";

const tempPath = useTempFolder();

beforeEach(() => {
  jest.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe("withLock", () => {
  it("lets one action run after the other", async () => {
    const lockPath = tempPath("queue.lock");
    const events: string[] = [];
    const act = (name: string) => async () => {
      events.push(`${name} begins`);
      await Promise.resolve();
      events.push(`${name} ends`);
    };

    await Promise.all([withLock(lockPath, act("first")), withLock(lockPath, act("second"))]);

    expect(events).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  });

  it("is released when the action fails", async () => {
    const lockPath = tempPath("failing.lock");

    await expect(withLock(lockPath, () => Promise.reject(new Error("no space")))).rejects.toThrow("no space");

    expect(existsSync(lockPath)).toBe(false);
  });

  it("is taken from a process of this machine that was killed", async () => {
    const lockPath = tempPath("killed.lock");
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(lockPath, `${pid}@${hostname()}`);

    const result = await withLock(lockPath, () => Promise.resolve("done"));

    expect(result).toBe("done");
  });

  it("is left to a program of a killed process as long as it lives", async () => {
    const lockPath = tempPath("orphan.lock");
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const orphan = spawn(process.execPath, ["--eval", "process.stdin.resume()"], { stdio: "pipe" });
    writeFileSync(lockPath, `${pid}@${hostname()}\n${orphan.pid}@${hostname()}`);
    const events: string[] = [];
    orphan.once("exit", () => events.push("the program ends"));

    const turn = withLock(lockPath, () => {
      events.push("the lock is taken");
      return Promise.resolve();
    });
    orphan.stdin.end();
    await turn;

    expect(events).toEqual(["the program ends", "the lock is taken"]);
  });

  it("lasts until the programs end that were started under it", async () => {
    const lockPath = tempPath("programs.lock");

    const holders = await withLock(lockPath, async () => {
      await run(process.execPath, ["--version"], { quiet: true });
      return readFileSync(lockPath, "utf8").split("\n").length;
    });

    expect(holders).toBe(2);
  });

  it("is taken from a process elsewhere that shows no sign of life", async () => {
    const lockPath = tempPath("silent.lock");
    writeFileSync(lockPath, "1@elsewhere");
    utimesSync(lockPath, new Date(0), new Date(0));

    const result = await withLock(lockPath, () => Promise.resolve("done"));

    expect(result).toBe("done");
  });

  it("is left to a process elsewhere that lives", async () => {
    const lockPath = tempPath("living.lock");
    writeFileSync(lockPath, "1@elsewhere");
    const action = jest.fn(() => Promise.resolve());

    const turn = withLock(lockPath, action);
    const callsBefore = action.mock.calls.length;
    utimesSync(lockPath, new Date(0), new Date(0));
    await turn;

    expect([callsBefore, action.mock.calls.length]).toEqual([0, 1]);
  });
});
