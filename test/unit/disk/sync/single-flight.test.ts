import { SingleFlight } from "../../../../provider/disk/sync/single-flight";
import { deferred } from "../../../support/deferred";

describe("SingleFlight", () => {
  it("asks once for all who ask in the same breath", async () => {
    const answers = new SingleFlight<number>();
    let count = 0;

    const got = await Promise.all(
      [1, 2, 3].map(() => answers.share("q", () => Promise.resolve((count += 1)))),
    );

    expect(got).toEqual([1, 1, 1]);
  });

  it("never gives an answer that was begun before the question", async () => {
    const answers = new SingleFlight<string>();
    const old = deferred<string>();
    const first = answers.share("q", () => old.promise);
    await Promise.resolve();

    const late = answers.share("q", () => Promise.resolve("new"));
    const alsoLate = answers.share("q", () => Promise.resolve("newest"));
    old.resolve("old");

    expect(await Promise.all([first, late, alsoLate])).toEqual(["old", "new", "new"]);
  });

  it("lets others join as long as it pauses, and pauses again for the next", async () => {
    const pauses = [deferred<void>(), deferred<void>()] as const;
    let pauseCount = 0;
    const answers = new SingleFlight<number>(async () => pauses[pauseCount++ ? 1 : 0].promise);
    let count = 0;
    const ask = (): Promise<number> => Promise.resolve((count += 1));
    const first = answers.share("q", ask);
    await new Promise(setImmediate);

    const joined = answers.share("q", ask);
    pauses[0].resolve();
    const early = await Promise.all([first, joined]);
    const next = answers.share("q", ask);
    pauses[1].resolve();

    expect([...early, await next]).toEqual([1, 1, 2]);
    expect(pauseCount).toBe(2);
  });

  it("gives a failure to those who share it and asks again after it", async () => {
    const answers = new SingleFlight<string>();
    const failed = answers.share("q", () => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");

    const next = await answers.share("q", () => Promise.resolve("yes"));

    expect(next).toBe("yes");
  });
});
