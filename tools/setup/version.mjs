/** The oldest Node.js this project works on. */
const MINIMUM_NODE_VERSION = "20.0.0";

/**
 * Finds a version in what a program prints: `v3.259.0`, `go version go1.26.8 linux/amd64`,
 * `20.20.2`.
 *
 * @param {string} text
 * @returns {string | undefined} the version as `3.259.0`, without what follows the third number;
 *   undefined where there is none
 */
export function findVersion(text) {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? undefined : `${match[1]}.${match[2]}.${match[3] ?? "0"}`;
}

/**
 * Whether a version is the wanted one or newer.
 *
 * @param {string} version of the form `3.259.0`
 * @param {string} minimum of the same form
 */
export function isAtLeast(version, minimum) {
  const [actual, wanted] = [version, minimum].map((text) => text.split(".").map(Number));
  for (const [index, number] of (wanted ?? []).entries()) {
    const difference = (actual?.[index] ?? 0) - number;
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return true;
}

/**
 * Refuses a Node.js that is too old, before anything fails in a less telling way.
 *
 * @param {string} version
 * @throws {Error} with what to install
 */
export function assertNodeVersion(version) {
  if (!isAtLeast(version, MINIMUM_NODE_VERSION)) {
    throw new Error(
      `This project needs Node.js ${MINIMUM_NODE_VERSION} or newer, and this is ${version}. ` +
        "Install one from https://nodejs.org.",
    );
  }
}
