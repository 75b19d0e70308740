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

  it("gives a failure to those who share it and asks again after it", async () => {
    const answers = new SingleFlight<string>();
    const failed = answers.share("q", () => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");

    const next = await answers.share("q", () => Promise.resolve("yes"));

    expect(next).toBe("yes");
  });
});
