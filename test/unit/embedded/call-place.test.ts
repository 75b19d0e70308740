import { setImmediate as nextTurn } from "node:timers/promises";
import { CallPlace } from "../../../provider/embedded/call-place";

/** A clock that stands still until a call takes its time. */
function createCalls(): {
  /** Makes a call that takes so long in place. @returns where it was made */
  call: (durationMs: number) => Promise<"in place" | "pool">;
  wait: (durationMs: number) => void;
} {
  let nowMs = 0;
  const place = new CallPlace(() => nowMs);
  return {
    call: (durationMs) =>
      place.call<"in place" | "pool">(
        () => {
          nowMs += durationMs;
          return "in place";
        },
        () => Promise.resolve("pool"),
      ),
    wait: (durationMs) => (nowMs += durationMs),
  };
}

describe("a call to the file system", () => {
  it("is made in place where calls are quick", async () => {
    const { call } = createCalls();

    const places = new Set<string>();
    for (let index = 0; index < 100; index += 1) {
      places.add(await call(0.03));
    }

    expect([...places]).toEqual(["in place"]);
  });

  it("goes through the pool when a turn of the event loop had enough, until the next turn", async () => {
    const { call } = createCalls();

    for (let index = 0; index < 40; index += 1) {
      expect(await call(0.125)).toBe("in place");
    }
    expect([await call(0.125), await call(0.125)]).toEqual(["pool", "pool"]);
    await nextTurn();

    expect(await call(0.125)).toBe("in place");
  });

  it("goes through the pool where several had to wait, and is tried again later", async () => {
    const { call, wait } = createCalls();
    const callInNewTurn = async (durationMs: number): Promise<string> => {
      await nextTurn();
      return call(durationMs);
    };

    let waitedCount = 0;
    while ((await callInNewTurn(0.7)) === "in place") {
      waitedCount += 1;
    }
    expect(waitedCount).toBeLessThan(6);
    wait(499);
    expect(await callInNewTurn(0.7)).toBe("pool");
    wait(2);
    const later = [await callInNewTurn(0.7), await callInNewTurn(0.7), await callInNewTurn(0.7)];

    expect(later).toEqual(["in place", "in place", "pool"]);
  });

  it("stays in place where one call alone took long, as on a busy machine", async () => {
    const { call } = createCalls();

    expect(await call(40)).toBe("in place");
    await nextTurn();

    expect(await call(0.03)).toBe("in place");
  });

  it("fails as a promise does, wherever it is made", async () => {
    const place = new CallPlace(() => 0);
    const fail = (): never => {
      throw new Error("no such file");
    };

    await expect(place.call(fail, fail)).rejects.toThrow("no such file");
  });
});
