/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  setupFiles: ["<rootDir>/test/support/random-seed.cjs"],
  // Half of the time is spent waiting for programs of others: one worker a core keeps all of them
  // busy.
  maxWorkers: "100%",
  // Nothing here is timed: a busy machine may take its time.
  testTimeout: 120_000,
  transform: {
    "^.+\\.(ts|mjs)$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
};
