import {
  type GetVirtualDiskChangesArgs,
  getVirtualDiskChanges,
  iterateVirtualDiskChanges,
} from "../../../provider/functions/get-virtual-disk-changes";
import type { ChangedRange } from "../../../provider/disk/ranges";
import { FakeBackend } from "../../support/fake-backend";

const PATH = "/d/child.vhdx";
const SIZE_BYTES = 10_000;

function range(offsetBytes: number, lengthBytes: number): ChangedRange {
  return { offsetBytes, lengthBytes };
}

/** A backend whose disk has these changes, told in these batches. */
function backendWith(...batches: ChangedRange[][]): FakeBackend {
  const backend = new FakeBackend();
  backend.put({ type: "dynamic", format: "vhdx", path: PATH, sizeBytes: SIZE_BYTES });
  backend.batches = batches.map((ranges) => ({ ranges, processedToBytes: SIZE_BYTES }));
  return backend;
}

describe("getVirtualDiskChanges", () => {
  it("answers in one piece when everything fits", async () => {
    const backend = backendWith([range(0, 10), range(20, 5)]);

    const answer = await getVirtualDiskChanges(backend, { path: PATH });

    expect(answer).toEqual({
      path: PATH,
      sizeBytes: SIZE_BYTES,
      sectorSizeBytes: 512,
      ranges: [range(0, 10), range(20, 5)],
      rangeCount: 2,
      changedBytes: 15,
      processedBytes: SIZE_BYTES,
      complete: true,
    });
  });

  it("says that nothing changed only with a complete answer", async () => {
    const answer = await getVirtualDiskChanges(backendWith([]), { path: PATH });

    expect(answer).toMatchObject({ ranges: [], rangeCount: 0, changedBytes: 0, complete: true });
    expect(answer.nextToken).toBeUndefined();
  });

  it("merges ranges that touch across batches", async () => {
    const answer = await getVirtualDiskChanges(backendWith([range(0, 10)], [range(10, 10)]), {
      path: PATH,
    });

    expect(answer.ranges).toEqual([range(0, 20)]);
  });

  it("puts what does not fit behind a token, and loses and repeats nothing", async () => {
    const all = Array.from({ length: 7 }, (_, index) => range(index * 1000, 100));
    const backend = backendWith(all.slice(0, 4), all.slice(4));

    const collected: ChangedRange[] = [];
    let processedBytes = 0;
    let nextToken: string | undefined;
    do {
      const args = { path: PATH, maxRanges: 2, ...(nextToken === undefined ? {} : { nextToken }) };
      const page = await getVirtualDiskChanges(backend, args);
      expect(page.rangeCount).toBeLessThanOrEqual(2);
      expect(page.complete).toBe(page.nextToken === undefined);
      collected.push(...page.ranges);
      processedBytes += page.processedBytes;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);

    expect(collected).toEqual(all);
    expect(processedBytes).toBe(SIZE_BYTES);
  });

  it("needs no token when the last range fills the page exactly", async () => {
    const answer = await getVirtualDiskChanges(backendWith([range(0, 10), range(20, 5)]), {
      path: PATH,
      maxRanges: 2,
    });

    expect(answer.complete).toBe(true);
  });

  it("refuses a token after the disk was written to", async () => {
    const backend = backendWith([range(0, 10), range(20, 5)]);
    const { nextToken } = await getVirtualDiskChanges(backend, { path: PATH, maxRanges: 1 });
    backend.fingerprint = "two";

    const again = getVirtualDiskChanges(backend, {
      path: PATH,
      maxRanges: 1,
      nextToken: nextToken ?? "",
    });

    await expect(again).rejects.toThrow(/\[InvalidInput\].*since the first page/);
  });

  it("refuses a token of another query", async () => {
    const backend = backendWith([range(0, 10), range(20, 5)]);
    const { nextToken } = await getVirtualDiskChanges(backend, { path: PATH, maxRanges: 1 });

    const again = getVirtualDiskChanges(backend, {
      path: PATH,
      offsetBytes: 5,
      nextToken: nextToken ?? "",
    });

    await expect(again).rejects.toThrow(/\[InvalidInput\].*other arguments/);
  });

  it.each<[string, Partial<Record<keyof GetVirtualDiskChangesArgs | "since", unknown>>, RegExp]>([
    ["a relative path", { path: "child.vhdx" }, /not a full path/],
    ["a relative ancestorPath", { ancestorPath: "base.vhdx" }, /ancestorPath.*not a full path/],
    ["two baselines", { limitId: "rct", ancestorPath: "/d/base.vhdx" }, /two baselines/],
    ["a target without a baseline", { targetSnapshotId: "x" }, /needs limitId/],
    ["an empty limitId", { limitId: "" }, /limitId must not be empty/],
    ["a negative offset", { offsetBytes: -1 }, /offsetBytes must be a whole number/],
    ["a broken length", { lengthBytes: 1.5 }, /lengthBytes must be a whole number/],
    ["no ranges at all", { maxRanges: 0 }, /maxRanges must be at least 1/],
    ["a made-up token", { nextToken: "abc" }, /nextToken was not returned by this function/],
    ["a name it does not know", { since: 1 }, /since/],
  ])("refuses %s", async (_name, args, reason) => {
    const answer = getVirtualDiskChanges(backendWith([]), {
      path: PATH,
      ...args,
    } as GetVirtualDiskChangesArgs);

    await expect(answer).rejects.toThrow(reason);
    await expect(answer).rejects.toThrow(/^\[InvalidInput\]/);
  });
});

describe("iterateVirtualDiskChanges", () => {
  it("asks the host once for all pages, each of which can be resumed from", async () => {
    const all = Array.from({ length: 5 }, (_, index) => range(index * 1000, 100));
    const backend = backendWith(all);

    const pages = [];
    for await (const page of iterateVirtualDiskChanges(backend, { path: PATH, maxRanges: 2 })) {
      pages.push(page);
    }
    const resumed = await getVirtualDiskChanges(backend, {
      path: PATH,
      nextToken: pages[0]?.nextToken ?? "",
    });

    expect(pages.map((page) => page.rangeCount)).toEqual([2, 2, 1]);
    expect(pages.flatMap((page) => page.ranges)).toEqual(all);
    expect(resumed.ranges).toEqual(all.slice(2));
    expect(backend.calls).toEqual([`queryChanges ${PATH}`, `queryChanges ${PATH}`]);
  });
});
