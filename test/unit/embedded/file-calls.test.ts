import { constants, readFileSync, writeFileSync } from "node:fs";
import * as pool from "node:fs/promises";
import { callPlace } from "../../../provider/embedded/call-place";
import * as calls from "../../../provider/embedded/file-calls";
import { useTempFolder } from "../../support/temp-folder";

const folder = useTempFolder();

/** What somebody can see of an error of the file system. */
async function describeFailure(action: Promise<unknown>): Promise<unknown> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason as NodeJS.ErrnoException,
  );
  return [error?.code, error?.syscall, error?.message];
}

describe("a call in place", () => {
  it.each([
    ["stat", calls.stat, pool.stat],
    ["lstat", calls.lstat, pool.lstat],
    ["realpath", calls.realpath, pool.realpath],
    ["readFile", calls.readFile, pool.readFile],
    ["unlink", calls.unlink, pool.unlink],
    ["remove", calls.remove, pool.unlink],
    ["link", linkNowhere(calls.link), linkNowhere(pool.link)],
    ["rename", linkNowhere(calls.rename), linkNowhere(pool.rename)],
    [
      "open",
      (path: string) => calls.open(path, constants.O_RDONLY),
      (path: string) => pool.open(path, "r"),
    ],
  ])("fails as that of Node.js: %s", async (_name, call, pooled) => {
    const path = folder("missing");

    expect(await describeFailure(call(path))).toEqual(await describeFailure(pooled(path)));
  });

  function linkNowhere(
    call: (path: string, newPath: string) => Promise<void>,
  ): (path: string) => Promise<void> {
    return (path) => call(path, folder("other"));
  }

  it("tells a name that nothing has from one that cannot be looked at", async () => {
    writeFileSync(folder("file"), "");

    expect(await calls.lstatIfPresent(folder("missing"))).toBeUndefined();
    expect((await calls.lstatIfPresent(folder("file")))?.isFile()).toBe(true);
    await expect(calls.lstatIfPresent(folder("file", "below"))).rejects.toMatchObject({
      code: "ENOTDIR",
    });
  });
});

describe("an open file", () => {
  // More than half a MiB goes through the thread pool.
  it.each([4096, 1024 * 1024])("holds what was written, %d bytes", async (length) => {
    const path = folder(`file-${length}`);
    const bytes = Buffer.alloc(length, "pulumi");

    const file = await calls.create(path, "wx+", 0o640);
    const written = await file.write(bytes, 10);
    await file.flush();
    const target = new Uint8Array(length + 100);
    const read = await file.read(target, 10);
    await file.truncate(20);
    await file.chmod(0o600);
    const { size, mode } = await file.stat();
    await file.close();

    expect([written, read]).toEqual([length, length]);
    expect(Buffer.from(target.subarray(0, length)).equals(bytes)).toBe(true);
    expect([size, Number(mode) & 0o777]).toEqual([20n, 0o600]);
    expect(readFileSync(path).subarray(10).toString()).toBe("pulumipulu");
  });

  it("reaches no other file once it is closed, and is closed when what is under way has ended", async () => {
    writeFileSync(folder("large"), Buffer.alloc(4 * 1024 * 1024, 1));
    const file = await calls.open(folder("large"), constants.O_RDONLY);
    const target = new Uint8Array(4 * 1024 * 1024);

    const reading = file.read(target, 0);
    const closing = file.close();
    writeFileSync(folder("other"), "other");
    const other = await calls.open(folder("other"), constants.O_RDONLY);

    expect(await reading).toBe(target.length);
    expect(target.at(-1)).toBe(1);
    await closing;
    await expect(file.read(target, 0)).rejects.toMatchObject({ code: "EBADF" });
    await expect(file.close()).rejects.toMatchObject({ code: "EBADF" });
    await other.close();
  });

  it("is read in the thread pool from when that was asked for", async () => {
    writeFileSync(folder("content"), "content");
    const file = await calls.open(folder("content"), constants.O_RDONLY);
    const target = new Uint8Array(7);
    const choice = jest.spyOn(callPlace, "call");

    await file.read(target, 0);
    const choicesBefore = choice.mock.calls.length;
    file.moveBytesInPool();
    await file.read(target, 0);
    const choicesAfter = choice.mock.calls.length;

    choice.mockRestore();
    await file.close();
    expect([choicesBefore, choicesAfter]).toEqual([1, 1]);
    expect(Buffer.from(target).toString()).toBe("content");
  });

  it("is appended to where it was opened so, and never made twice", async () => {
    writeFileSync(folder("log"), "one ");

    const file = await calls.create(folder("log"), "a");
    await file.write(Buffer.from("two"), null);
    await file.close();

    expect(readFileSync(folder("log"), "utf8")).toBe("one two");
    await expect(calls.create(folder("log"), "wx")).rejects.toMatchObject({ code: "EEXIST" });
  });
});
