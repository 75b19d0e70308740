import { SharedRuns } from "../../../provider/embedded/shared-runs";

/** An action whose runs end when they are told to. */
function startRuns(): { runs: SharedRuns<number>; begun: string[]; end: (run: number) => void } {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const runs = new SharedRuns(async (key) => {
    const number = begun.push(key);
    await new Promise<void>((resolve) => {
      ends[number] = resolve;
    });
    return number;
  });
  return { runs, begun, end: (run) => ends[run]?.() };
}

/** Lets everything run that waits for nothing but its turn. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("those who ask before a run begins share it", async () => {
  const { runs, begun, end } = startRuns();

  const answers = [runs.run("/disks"), runs.run("/disks")];
  await letOthersRun();
  end(1);

  expect(await Promise.all(answers)).toEqual([1, 1]);
  expect(begun).toEqual(["/disks"]);
});

test("those who ask while a run is under way get the answer of the next one", async () => {
  const { runs, begun, end } = startRuns();
  const early = runs.run("/disks");
  await letOthersRun();

  const late = [runs.run("/disks"), runs.run("/disks")];
  await letOthersRun();
  const begunMeanwhile = begun.length;
  end(1);
  await letOthersRun();
  end(2);

  expect(begunMeanwhile).toBe(1);
  expect(await early).toBe(1);
  expect(await Promise.all(late)).toEqual([2, 2]);
});

test("runs of other keys do not wait", async () => {
  const { runs, begun, end } = startRuns();

  const answers = [runs.run("/disks"), runs.run("/jobs")];
  await letOthersRun();
  end(2);
  end(1);

  expect(await Promise.all(answers)).toEqual([1, 2]);
  expect(begun).toEqual(["/disks", "/jobs"]);
});

test("a failure reaches those who share the run, and nobody else", async () => {
  let runCount = 0;
  const runs = new SharedRuns((): Promise<number> => {
    runCount += 1;
    return runCount === 1 ? Promise.reject(new Error("unmounted")) : Promise.resolve(runCount);
  });

  const first = await Promise.allSettled([runs.run("/disks"), runs.run("/disks")]);
  const second = await runs.run("/disks");

  expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(second).toBe(2);
});

test("a failure does not keep those from their answer who asked meanwhile", async () => {
  let runCount = 0;
  const runs = new SharedRuns(async () => {
    runCount += 1;
    const number = runCount;
    await letOthersRun();
    if (number === 1) {
      throw new Error("unmounted");
    }
    return number;
  });
  const failing = runs.run("/disks");
  const failure = expect(failing).rejects.toThrow("unmounted");
  await Promise.resolve();

  const next = runs.run("/disks");

  await failure;
  expect(await next).toBe(2);
});
