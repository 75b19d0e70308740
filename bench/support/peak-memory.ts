import { execFileSync } from "node:child_process";
import { MIB } from "../../provider/image/bytes";
import { inspectFile } from "../../provider/embedded/disk-files";
import { queryImageChanges } from "../../provider/embedded/change-query";

/** What is done with a disk in a process of its own. */
export type MemoryProbe = "open" | "changes";

/** How much more memory a process takes at its peak when it does something with a disk than when it does nothing. */
export function measurePeakMemory(probe: MemoryProbe, path: string): string {
  const peakKib = (task: string): number => Number(execFileSync(process.execPath, [__filename, task, path]).toString());
  const extraBytes = (peakKib(probe) - peakKib("nothing")) * 1024;
  return `${(extraBytes / MIB).toFixed(0)} MiB`;
}

async function runProbe(task: string, path: string): Promise<void> {
  if (task === "open") {
    await inspectFile(path);
  } else if (task === "changes") {
    await countChanges(path);
  }
  process.stdout.write(String(process.resourceUsage().maxRSS));
}

/** Consumes a change query and keeps nothing of it. @returns the number of ranges */
export async function countChanges(path: string): Promise<number> {
  let rangeCount = 0;
  const { batches } = await queryImageChanges({ path, baseline: { kind: "parent" } });
  for await (const { ranges } of batches) {
    rangeCount += ranges.length;
  }
  return rangeCount;
}

if (require.main === module) {
  void runProbe(process.argv[2]!, process.argv[3]!);
}
