import { summarizeTests } from "../../../tools/summarize-tests.mjs";

describe("summarizeTests", () => {
  it("ends with the sum and is good when all tests passed", () => {
    expect(summarizeTests(aResult({ passed: 3 }), "")).toEqual({
      lines: ["3 passed, 0 failed"],
      isGood: true,
    });
  });

  it.each([
    ["a test failed", aResult({ passed: 3, failed: 1 }), "3 passed, 1 failed"],
    ["a file could not be loaded", aResult({ passed: 3, brokenFiles: 2 }), "3 passed, 2 failed"],
    ["no test ran", aResult({}), "0 passed, 0 failed"],
    ["jest wrote no result", undefined, "0 passed, 0 failed"],
  ])("is bad when %s", (_, result, lastLine) => {
    const { lines, isGood } = summarizeTests(result, "");

    expect([lines.at(-1), isGood]).toEqual([lastLine, false]);
  });

  it("stays good when the log says why a test was skipped", () => {
    const result = aResult({
      passed: 1,
      others: [{ fullName: "VHD images are read by QEMU", status: "pending" }],
    });

    const summary = summarizeTests(
      result,
      "PASS a.test.ts\nskipped: VHD images (qemu-img is not installed)\nPASS b.test.ts",
    );

    expect(summary).toEqual({ lines: ["1 passed, 0 failed"], isGood: true });
  });

  it("is bad when a test was skipped without a reason", () => {
    const result = aResult({
      passed: 1,
      others: [{ fullName: "chain is read", status: "pending" }],
    });

    const { lines, isGood } = summarizeTests(result, "");

    expect(lines).toContain("skipped without a reason: chain is read");
    expect(isGood).toBe(false);
  });
});

function aResult({
  passed = 0,
  failed = 0,
  brokenFiles = 0,
  others = [],
}: {
  passed?: number;
  failed?: number;
  brokenFiles?: number;
  others?: readonly { fullName: string; status: string }[];
}) {
  return {
    numPassedTests: passed,
    numFailedTests: failed,
    numRuntimeErrorTestSuites: brokenFiles,
    testResults: [{ assertionResults: others }],
  };
}
