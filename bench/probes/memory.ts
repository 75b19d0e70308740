/**
 * Does one thing with a disk and prints how much memory the process has had at its peak, in bytes.
 */
import { countRanges, streamDisk } from "../support/disks";

const TASKS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  idle: () => Promise.resolve(),
  ranges: countRanges,
  stream: streamDisk,
};

async function main([task, path]: readonly string[]): Promise<void> {
  await TASKS[task!]!(path!);
  process.stdout.write(JSON.stringify(process.resourceUsage().maxRSS * 1024));
}

void main(process.argv.slice(2));
