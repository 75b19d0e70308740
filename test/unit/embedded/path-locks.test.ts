import { PathLocks } from "../../../provider/embedded/path-locks";

const shared = { path: "/disks/base.vhdx", mode: "shared" } as const;
const exclusive = { path: "/disks/base.vhdx", mode: "exclusive" } as const;

/** An action that goes on when it is told to. */
function startAction(): { action: () => Promise<void>; isRunning: () => boolean; finish: () => void } {
  let running = false;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const action = async (): Promise<void> => {
    running = true;
    await finished;
    running = false;
  };
  return { action, isRunning: () => running, finish };
}

/** Lets everything run that waits for nothing but its turn. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("actions that share a disk run at the same time", async () => {
  const locks = new PathLocks();
  const actions = [startAction(), startAction()];
  const done = actions.map(({ action }) => locks.run([shared], action));

  await letOthersRun();
  const areRunning = actions.map(({ isRunning }) => isRunning());

  expect(areRunning).toEqual([true, true]);
  actions.forEach(({ finish }) => finish());
  await Promise.all(done);
});

test("an action that changes a disk waits for those that share it, and keeps others out", async () => {
  const locks = new PathLocks();
  const [reader, writer, lateReader] = [startAction(), startAction(), startAction()];
  const done = [
    locks.run([shared], reader.action),
    locks.run([exclusive], writer.action),
    locks.run([shared], lateReader.action),
  ];

  await letOthersRun();
  const whileRead = [writer.isRunning(), lateReader.isRunning()];
  reader.finish();
  await letOthersRun();
  const whileWritten = [writer.isRunning(), lateReader.isRunning()];

  expect(whileRead).toEqual([false, false]);
  expect(whileWritten).toEqual([true, false]);
  writer.finish();
  lateReader.finish();
  await Promise.all(done);
});

test("any number of actions that share a disk get their turn", async () => {
  const locks = new PathLocks();
  let runs = 0;

  await Promise.all(
    Array.from({ length: 1000 }, () =>
      locks.run([shared], async () => {
        await letOthersRun();
        runs += 1;
      }),
    ),
  );

  expect(runs).toBe(1000);
});

test("actions that claim the same disks in other orders do not wait for each other forever", async () => {
  const locks = new PathLocks();
  const other = { path: "/disks/other.vhdx", mode: "exclusive" } as const;
  const finished: string[] = [];

  await Promise.all([
    locks.run([exclusive, other], async () => {
      await letOthersRun();
      finished.push("first");
    }),
    locks.run([other, exclusive], async () => {
      await letOthersRun();
      finished.push("second");
    }),
  ]);

  expect(finished).toEqual(["first", "second"]);
});
