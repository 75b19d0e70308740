import { SharedAnswers, Turns } from "../../../provider/disk/turns";

/** A promise to be settled by hand. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

describe("Turns", () => {
  it("runs work on one key in the order in which it came", async () => {
    const turns = new Turns();
    const first = deferred<void>();
    const seen: string[] = [];

    const both = [
      turns.take({ exclusive: ["a"] }, async () => {
        await first.promise;
        seen.push("first");
      }),
      turns.take({ exclusive: ["a"] }, async () => void seen.push("second")),
    ];
    first.resolve();
    await Promise.all(both);

    expect(seen).toEqual(["first", "second"]);
  });

  it("runs work on different keys at the same time", async () => {
    const turns = new Turns();
    const first = deferred<void>();
    const blocked = turns.take({ exclusive: ["a"] }, () => first.promise);

    const other = await turns.take({ exclusive: ["b"] }, () => Promise.resolve("done"));

    expect(other).toBe("done");
    first.resolve();
    await blocked;
  });

  it("lets work on two keys wait for both, and never for itself", async () => {
    const turns = new Turns();
    const [first, second] = [deferred<void>(), deferred<void>()];
    const seen: string[] = [];
    const all = [
      turns.take({ exclusive: ["a"] }, () => first.promise.then(() => void seen.push("a"))),
      turns.take({ exclusive: ["b"] }, () => second.promise.then(() => void seen.push("b"))),
      turns.take({ exclusive: ["a", "b", "a"] }, async () => void seen.push("both")),
    ];

    second.resolve();
    first.resolve();
    await Promise.all(all);

    expect(seen.at(-1)).toBe("both");
  });

  it("lets work share a thing, but not with work that wants it for itself", async () => {
    const turns = new Turns();
    const [first, second] = [deferred<void>(), deferred<void>()];
    const seen: string[] = [];
    const share = (name: string, gate: Promise<void>): Promise<void> =>
      turns.take({ exclusive: [name], shared: ["parent"] }, async () => {
        seen.push(`${name} begins`);
        await gate;
        seen.push(`${name} ends`);
      });

    const all = [
      share("a", first.promise),
      share("b", second.promise),
      turns.take({ exclusive: ["parent"] }, async () => void seen.push("alone")),
      share("c", Promise.resolve()),
    ];
    second.resolve();
    await all[1];
    first.resolve();
    await Promise.all(all);

    expect(seen).toEqual(["a begins", "b begins", "b ends", "a ends", "alone", "c begins", "c ends"]);
  });

  it("goes on after work that failed", async () => {
    const turns = new Turns();
    const failed = turns.take({ exclusive: ["a"] }, () => Promise.reject(new Error("no")));

    const after = await turns.take({ exclusive: ["a"] }, () => Promise.resolve("done"));

    await expect(failed).rejects.toThrow("no");
    expect(after).toBe("done");
  });
});

describe("SharedAnswers", () => {
  it("asks once for all who ask in the same breath", async () => {
    const answers = new SharedAnswers<number>();
    let count = 0;

    const got = await Promise.all([1, 2, 3].map(() => answers.get("q", () => Promise.resolve((count += 1)))));

    expect(got).toEqual([1, 1, 1]);
  });

  it("never gives an answer that was begun before the question", async () => {
    const answers = new SharedAnswers<string>();
    const old = deferred<string>();
    const first = answers.get("q", () => old.promise);
    await Promise.resolve();

    const late = answers.get("q", () => Promise.resolve("new"));
    const alsoLate = answers.get("q", () => Promise.resolve("newest"));
    old.resolve("old");

    expect(await Promise.all([first, late, alsoLate])).toEqual(["old", "new", "new"]);
  });

  it("gives a failure to those who share it and asks anew after it", async () => {
    const answers = new SharedAnswers<string>();
    const failed = answers.get("q", () => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");

    const next = await answers.get("q", () => Promise.resolve("yes"));

    expect(next).toBe("yes");
  });
});
