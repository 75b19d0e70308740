import { KeyedLock } from "../../../../provider/disk/sync/keyed-lock";
import { deferred } from "../../../support/deferred";

describe("KeyedLock", () => {
  it("runs work on one key in the order in which it came", async () => {
    const lock = new KeyedLock();
    const first = deferred<void>();
    const seen: string[] = [];

    const both = [
      lock.run(["a"], async () => {
        await first.promise;
        seen.push("first");
      }),
      lock.run(["a"], async () => void seen.push("second")),
    ];
    first.resolve();
    await Promise.all(both);

    expect(seen).toEqual(["first", "second"]);
  });

  it("runs work on different keys at the same time", async () => {
    const lock = new KeyedLock();
    const first = deferred<void>();
    const blocked = lock.run(["a"], () => first.promise);

    const other = await lock.run(["b"], () => Promise.resolve("done"));

    expect(other).toBe("done");
    first.resolve();
    await blocked;
  });

  it("lets work on two keys wait for both, and never for itself", async () => {
    const lock = new KeyedLock();
    const [first, second] = [deferred<void>(), deferred<void>()];
    const seen: string[] = [];
    const all = [
      lock.run(["a"], () => first.promise.then(() => void seen.push("a"))),
      lock.run(["b"], () => second.promise.then(() => void seen.push("b"))),
      lock.run(["a", "b", "a"], async () => void seen.push("both")),
    ];

    second.resolve();
    first.resolve();
    await Promise.all(all);

    expect(seen.at(-1)).toBe("both");
  });

  it("goes on after work that failed", async () => {
    const lock = new KeyedLock();
    const failed = lock.run(["a"], () => Promise.reject(new Error("no")));

    const after = await lock.run(["a"], () => Promise.resolve("done"));

    await expect(failed).rejects.toThrow("no");
    expect(after).toBe("done");
  });
});
