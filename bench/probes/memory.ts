/**
 * Does one thing with a disk and prints how much memory the process has had at its peak, in bytes.
 */
import { existsSync, readFileSync } from "node:fs";
import { countRanges, streamDisk } from "../support/disks";

const TASKS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  idle: () => Promise.resolve(),
  ranges: countRanges,
  stream: streamDisk,
};

async function main([task, path]: readonly string[]): Promise<void> {
  await TASKS[task!]!(path!);
  process.stdout.write(JSON.stringify(readPeakBytes()));
}

/** Linux counts the memory of the process that started this one into `maxRSS`. */
function readPeakBytes(): number {
  const statusPath = "/proc/self/status";
  const status = existsSync(statusPath) ? readFileSync(statusPath, "utf8") : "";
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return Number(kibibytes ?? process.resourceUsage().maxRSS) * 1024;
}

void main(process.argv.slice(2));
