/** What `npm start -- child.vhdx` prints: the answers of the package's own data sources. */
import { formatSize, formatTable } from "./table.mjs";

/**
 * Prints the chain of a disk, and which ranges of it may differ from its parent.
 *
 * @param {string} path a full path
 * @throws {Error} the DiskError of the data source
 */
export async function printDisk(path) {
  const vhd = await import("pulumi-vhd");
  const { disks } = await vhd.getVirtualDiskChain({ path });
  print("Chain, leaf first:\n", formatTable(["disk", "type", " size", " file size"], disks.map(describeDisk)));
  const [leaf, parent] = disks;
  if (parent === undefined) {
    print("\nThis disk has no parent: there is nothing that it could differ from.\n");
    return;
  }
  print(`\nRanges that ${leaf?.path} holds itself, instead of ${parent.path}:\n`);
  await printChanges(vhd.iterateVirtualDiskChanges({ path }));
}

/** @param {import("pulumi-vhd").GetVirtualDiskResult} disk */
function describeDisk({ path, format, type, sizeBytes, fileSizeBytes }) {
  return [path, `${type} ${format}`, formatSize(sizeBytes), formatSize(fileSizeBytes)];
}

/** @param {AsyncIterable<import("pulumi-vhd").GetVirtualDiskChangesResult>} pages printed as they come: a disk may have millions */
async function printChanges(pages) {
  let rangeCount = 0;
  let changedBytes = 0;
  for await (const page of pages) {
    if (page.rangeCount > 0) {
      print(formatTable([" offset", " length", ""], page.ranges.map(describeRange)));
    }
    rangeCount += page.rangeCount;
    changedBytes += page.changedBytes;
  }
  print(rangeCount === 0 ? "  none\n" : `  ${rangeCount} ranges, ${formatSize(changedBytes)}\n`);
}

/** @param {import("pulumi-vhd").ChangedRange} range */
function describeRange({ offsetBytes, lengthBytes }) {
  return [`${offsetBytes}`, `${lengthBytes}`, `(${formatSize(lengthBytes)} at ${formatSize(offsetBytes)})`];
}

/** @param {string[]} texts */
function print(...texts) {
  process.stdout.write(texts.join(""));
}
