/**
 * Change queries of large and nearly empty children. The least that any answer can cost is to read the block allocation
 * table once, so that is what they are compared with.
 */
import { GIB, KIB, MIB, TIB } from "../provider/image/bytes";
import type { DiskFormat } from "../provider/disk/disk";
import { createEmbeddedBackend } from "../provider/embedded/embedded-backend";
import { compare, say } from "./support/measure";
import { countChanges, measurePeakMemory } from "./support/peak-memory";
import { readPlainly } from "./support/plain-files";
import { useScratchFolder } from "./support/scratch-folder";
import { scatterIntoVhd } from "./support/sparse-vhd";
import { type ScatteredContent, scatterIntoVhdx } from "./support/sparse-vhdx";

interface Case {
  readonly name: string;
  readonly format: DiskFormat;
  readonly sizeBytes: number;
  readonly content: ScatteredContent;
}

const CASES: readonly Case[] = [
  {
    name: "2 TiB VHDX",
    format: "vhdx",
    sizeBytes: 2 * TIB,
    content: { everyBlock: 64, runBytes: 16 * KIB },
  },
  {
    name: "64 TiB VHDX",
    format: "vhdx",
    sizeBytes: 64 * TIB,
    content: { everyBlock: 4096, runBytes: 64 * KIB },
  },
  {
    name: "2,040 GiB VHD",
    format: "vhd",
    sizeBytes: 2040 * GIB,
    content: { everyBlock: 64, runBytes: 16 * KIB },
  },
];

/** Where the tables of new images lie does not matter to the time; these bytes are there in both formats. */
const TABLE_OFFSET_BYTES = 3 * MIB;
const ENTRY_LENGTH_BYTES = { vhd: 4, vhdx: 8 } as const;

async function main(): Promise<void> {
  const scratch = useScratchFolder();
  const backend = createEmbeddedBackend();
  say("changes: everything a child holds, told as ranges");
  for (const { name, format, sizeBytes, content } of CASES) {
    const id = name.replaceAll(/\W/g, "-");
    const basePath = scratch(`${id}-base.${format}`);
    const path = scratch(`${id}.${format}`);
    await backend.createDisk({ type: "dynamic", format, path: basePath, sizeBytes });
    await backend.createDisk({ type: "differencing", format, path, parentPath: basePath });
    const counts = await (format === "vhd" ? scatterIntoVhd : scatterIntoVhdx)(path, content);
    const { entryCount, blockCount, rangeCount } = counts;
    const found = await countChanges(path);
    if (found !== rangeCount) {
      throw new Error(`the query of ${path} told ${found} ranges instead of ${rangeCount}`);
    }
    const tableBytes = entryCount * ENTRY_LENGTH_BYTES[format];
    await compare({
      subject: {
        name: `change query of a ${name} (${entryCount} entries, ${blockCount} blocks held in part, ${rangeCount} ranges)`,
        run: () => countChanges(path),
      },
      reference: {
        name: "reading the table",
        run: () => readPlainly(path, TABLE_OFFSET_BYTES, tableBytes, 256 * KIB),
      },
      per: { count: entryCount / 1e6, unit: "million entries" },
    });
    say(`      peak memory: ${measurePeakMemory("changes", path)} more than a process that does nothing`);
  }
}

void main();
