/**
 * Where `VHD_SEED` is set, as it is in `.ci/run`, all properties try the same cases each time: a
 * change is judged by what it changes. Everybody else tries new cases each time.
 */
const seed = process.env["VHD_SEED"];

if (seed !== undefined) {
  // Loaded only here: most test files have no property.
  // oxlint-disable-next-line typescript/no-require-imports -- Jest loads set-up files as CommonJS
  const { configureGlobal, readConfigureGlobal } = require("fast-check");
  configureGlobal({ ...readConfigureGlobal(), seed: Number(seed) });
}
