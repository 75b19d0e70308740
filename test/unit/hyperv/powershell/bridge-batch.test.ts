import { chooseBatch } from "../../../../provider/hyperv/powershell/bridge-batch";

const LIMITS = { maxBatchCalls: 3, maxBatchChars: 100 };

function readOf(lengthChars: number) {
  return { readOnly: true, lengthChars };
}

function changeOf(lengthChars: number) {
  return { readOnly: false, lengthChars };
}

describe("the next line of requests", () => {
  it("has all calls that only read, wherever they wait", () => {
    const waiting = [readOf(10), changeOf(10), readOf(10)];

    const batch = chooseBatch(waiting, LIMITS);

    expect(batch).toEqual([waiting[0], waiting[2]]);
  });

  it("has nothing but the call that has waited longest, where that changes something", () => {
    const waiting = [changeOf(10), readOf(10), changeOf(10)];

    const batch = chooseBatch(waiting, LIMITS);

    expect(batch).toEqual([waiting[0]]);
  });

  it("has no more calls than it may", () => {
    const waiting = Array.from({ length: 5 }, () => readOf(1));

    const batch = chooseBatch(waiting, LIMITS);

    expect(batch).toEqual(waiting.slice(0, 3));
  });

  it("ends before the call that would make it longer than it may be", () => {
    const waiting = [readOf(60), readOf(40), readOf(1)];

    const batch = chooseBatch(waiting, LIMITS);

    expect(batch).toEqual(waiting.slice(0, 2));
  });

  it("has one call that is longer than it may be alone", () => {
    const waiting = [readOf(101), readOf(1)];

    const batch = chooseBatch(waiting, LIMITS);

    expect(batch).toEqual([waiting[0]]);
  });

  it("is empty where nothing waits", () => {
    const batch = chooseBatch([], LIMITS);

    expect(batch).toEqual([]);
  });
});
