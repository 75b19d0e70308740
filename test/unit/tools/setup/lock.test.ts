import { spawn, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { withLock } from "../../../../tools/setup/lock.mjs";
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

    await expect(withLock(lockPath, () => Promise.reject(new Error("no space")))).rejects.toThrow(
      "no space",
    );

    expect(existsSync(lockPath)).toBe(false);
  });

  it("is taken from a process of this machine that was killed", async () => {
    const lockPath = tempPath("killed.lock");
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(lockPath, String(pid));

    const result = await withLock(lockPath, () => Promise.resolve("done"));

    expect(result).toBe("done");
  });

  it("is left to a process that lives", async () => {
    const lockPath = tempPath("living.lock");
    const holder = spawn(process.execPath, ["--eval", "process.stdin.resume()"], { stdio: "pipe" });
    writeFileSync(lockPath, String(holder.pid));
    const events: string[] = [];
    holder.once("exit", () => events.push("the holder ends"));

    const turn = withLock(lockPath, () => {
      events.push("the lock is taken");
      return Promise.resolve();
    });
    holder.stdin.end();
    await turn;

    expect(events).toEqual(["the holder ends", "the lock is taken"]);
  });

  it("is taken by one process at a time from a process that was killed", async () => {
    const lockPath = tempPath("contended.lock");
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(lockPath, String(pid));
    let holders = 0;
    const seen: number[] = [];

    await Promise.all(
      [1, 2, 3].map(() =>
        withLock(lockPath, async () => {
          holders += 1;
          await Promise.resolve();
          seen.push(holders);
          holders -= 1;
        }),
      ),
    );

    expect(seen).toEqual([1, 1, 1]);
  });
});
