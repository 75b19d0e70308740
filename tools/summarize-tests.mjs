/**
 * `node tools/summarize-tests.mjs jest.json jest.log`: ends CI with one line, `N passed, N failed`,
 * from the JSON result of jest. Exits with 1 when a test failed, when none passed, or when one was
 * skipped without a reason in the log.
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
 * @typedef {{ readonly fullName: string, readonly status: string }} JestTest
 */

/**
 * What test files print where a program is missing that they ask, as test/support/oracles.ts does.
 */
const STATED_REASON = /^skipped: (?<name>.+) \((?<reason>[^()]+)\)$/gm;

/**
 * @param {JestResult | undefined} result undefined where jest wrote none
 * @param {string} log what jest and the tests printed
 * @returns {{ lines: string[], isGood: boolean }} the last line is the sum
 */
export function summarizeTests(result, log) {
  if (result === undefined) {
    return { lines: ["0 passed, 0 failed"], isGood: false };
  }
  const explained = [...log.matchAll(STATED_REASON)].map(({ groups }) => groups?.["name"] ?? "");
  const unexplained = result.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .filter(({ fullName }) => !explained.some((name) => fullName.includes(name)));
  const failedCount = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    lines: [
      ...unexplained.map(({ fullName }) => `skipped without a reason: ${fullName}`),
      `${result.numPassedTests} passed, ${failedCount} failed`,
    ],
    isGood: failedCount === 0 && result.numPassedTests > 0 && unexplained.length === 0,
  };
}

if (isEntry(import.meta.url)) {
  const [, , resultPath = "", logPath = ""] = process.argv;
  const text = existsSync(resultPath) ? readFileSync(resultPath, "utf8") : undefined;
  const result = text === undefined ? undefined : /** @type {JestResult} */ (JSON.parse(text));
  const { lines, isGood } = summarizeTests(
    result,
    existsSync(logPath) ? readFileSync(logPath, "utf8") : "",
  );
  process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = isGood ? 0 : 1;
}
