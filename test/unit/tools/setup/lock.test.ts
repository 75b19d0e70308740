import { spawnSync } from "node:child_process";
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
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
