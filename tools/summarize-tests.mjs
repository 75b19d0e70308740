/**
 * `node tools/summarize-tests.mjs jest.json`: ends CI with one line, `N passed, N failed`, from the JSON result of jest.
 * Exits with 1 when a test failed, when none passed, or when one was skipped without a reason.
 */
import { existsSync, readFileSync } from "node:fs";
import { isEntry } from "./setup/main.mjs";

/**
 * The part of jest's JSON result that counts.
 *
 * @typedef {object} JestResult
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites files that could not even be loaded
 * @property {readonly { readonly assertionResults: readonly JestTest[] }[]} testResults
 *
 * @typedef {{ readonly fullName: string, readonly title: string, readonly status: string }} JestTest
 */

/**
 * @param {JestResult | undefined} result undefined where jest wrote none
 * @returns {{ lines: string[], isGood: boolean }} the last line is the sum
 */
export function summarizeTests(result) {
  if (result === undefined) {
    return { lines: ["0 passed, 0 failed"], isGood: false };
  }
  const tests = result.testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  // What is missing here is told by a test to do, as `needs qemu-img`: see test/support/oracles.ts and corpus.ts.
  const unexplained = skipped.filter(({ status, title }) => status !== "todo" || !title.startsWith("needs "));
  const failedCount = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    lines: [
      ...skipped.map(({ fullName }) => `skipped: ${fullName}`),
      ...unexplained.map(({ fullName }) => `skipped without a reason: ${fullName}`),
      `${result.numPassedTests} passed, ${failedCount} failed`,
    ],
    isGood: failedCount === 0 && result.numPassedTests > 0 && unexplained.length === 0,
  };
}

if (isEntry(import.meta.url)) {
  const path = process.argv[2] ?? "";
  const result = existsSync(path) ? /** @type {JestResult} */ (JSON.parse(readFileSync(path, "utf8"))) : undefined;
  const { lines, isGood } = summarizeTests(result);
  process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = isGood ? 0 : 1;
}
