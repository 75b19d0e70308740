/** What `npm start -- child.vhdx` prints: the answers of the package's own data sources. */
import { formatSize, formatTable, shortenPath } from "./table.mjs";

/** As many ranges as fit on a screen together with the chain. */
const RANGES_ON_A_SCREEN = 20;
/** So that a line with a path and four columns fits on most terminals. */
const PATH_WIDTH = 60;

/**
 * Prints the chain of a disk, and which ranges of it may differ from its parent.
 *
 * @param {string} path a full path
 * @param {{ readonly all: boolean }} options `all` prints each range, however many there are
 * @throws {Error} the DiskError of the data source
 */
export async function printDisk(path, { all }) {
  const vhd = await import("pulumi-vhd");
  const { disks } = await vhd.getVirtualDiskChain({ path });
  print(
    "Chain, leaf first:\n",
    formatTable(["disk", "type", " size", " file size"], disks.map(describeDisk)),
  );
  const [leaf, parent] = disks;
  if (leaf === undefined || parent === undefined) {
    print("\nThis disk has no parent that it could differ from.\n");
    return;
  }
  print(`\nRanges that ${shorten(leaf.path)} holds itself, instead of ${shorten(parent.path)}:\n`);
  const limit = all ? Infinity : RANGES_ON_A_SCREEN;
  for await (const text of describeChanges(vhd.iterateVirtualDiskChanges({ path }), limit)) {
    print(text);
  }
}

/**
 * Describes changes as they come: a disk may have millions.
 *
 * @param {AsyncIterable<Pick<import("pulumi-vhd").GetVirtualDiskChangesResult, "ranges" |
 *   "changedBytes">>} pages
 * @param {number} limit how many ranges to list; all are counted
 * @returns {AsyncGenerator<string>} lines, each with its line end
 */
export async function* describeChanges(pages, limit) {
  let rangeCount = 0;
  let changedBytes = 0;
  for await (const { ranges, ...page } of pages) {
    const listed = ranges.slice(0, Math.max(0, limit - rangeCount));
    if (listed.length > 0) {
      yield formatTable([" offset", " length", ""], listed.map(describeRange));
    }
    rangeCount += ranges.length;
    changedBytes += page.changedBytes;
  }
  const more = rangeCount - limit;
  if (more > 0) {
    yield `  and ${count(more, "more range")}; --all lists them\n`;
  }
  yield rangeCount === 0
    ? "  none\n"
    : `  ${count(rangeCount, "range")}, ${formatSize(changedBytes)}\n`;
}

/** @param {import("pulumi-vhd").GetVirtualDiskResult} disk */
function describeDisk({ path, format, type, sizeBytes, fileSizeBytes }) {
  return [shorten(path), `${type} ${format}`, formatSize(sizeBytes), formatSize(fileSizeBytes)];
}

/** @param {import("pulumi-vhd").ChangedRange} range */
function describeRange({ offsetBytes, lengthBytes }) {
  return [
    `${offsetBytes}`,
    `${lengthBytes}`,
    `(${formatSize(lengthBytes)} at ${formatSize(offsetBytes)})`,
  ];
}

/** @param {string} path */
function shorten(path) {
  return shortenPath(path, PATH_WIDTH);
}

/** @param {number} number @param {string} noun */
function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** @param {string[]} texts */
function print(...texts) {
  process.stdout.write(texts.join(""));
}
