/**
 * Change queries of large children. Nobody can answer without reading the block allocation table once, and the sector bitmap
 * of each block that is held in part, so that is what they are compared with. An answer opens the child and its parent twice,
 * first to describe itself and then to be read, and each opening validates the whole table.
 */
import { open } from "node:fs/promises";
import type { DiskFormat } from "../provider/disk/disk";
import { createEmbeddedBackend } from "../provider/embedded/embedded-backend";
import { GIB, KIB, MIB, TIB } from "../provider/image/bytes";
import { compare, say } from "./support/measure";
import { countChanges, measurePeakMemory } from "./support/peak-memory";
import { readPlainly } from "./support/plain-files";
import { useScratchFolder } from "./support/scratch-folder";
import { scatterIntoVhd } from "./support/sparse-vhd";
import { type Scattered, scatterIntoVhdx } from "./support/sparse-vhdx";

interface Case {
  readonly name: string;
  readonly format: DiskFormat;
  readonly sizeBytes: number;
  /** One block of so many is held in part. */
  readonly everyBlock: number;
  /** Every other run of such a block is held. */
  readonly runBytes: number;
}

const CASES: readonly Case[] = [
  { name: "2 TiB VHDX", format: "vhdx", sizeBytes: 2 * TIB, everyBlock: 4096, runBytes: MIB },
  { name: "64 TiB VHDX", format: "vhdx", sizeBytes: 64 * TIB, everyBlock: 4096, runBytes: MIB },
  { name: "2,040 GiB VHD", format: "vhd", sizeBytes: 2040 * GIB, everyBlock: 4096, runBytes: MIB },
  { name: "2 TiB VHDX", format: "vhdx", sizeBytes: 2 * TIB, everyBlock: 64, runBytes: 16 * KIB },
  { name: "2,040 GiB VHD", format: "vhd", sizeBytes: 2040 * GIB, everyBlock: 64, runBytes: 16 * KIB },
];

const BLOCK_LENGTH_BYTES = 2 * MIB;

/** Where tables of new images lie makes no difference; both formats have these bytes. */
const TABLE_OFFSET_BYTES = 3 * MIB;
const ENTRY_LENGTH_BYTES = { vhd: 4, vhdx: 8 } as const;

const backend = createEmbeddedBackend();
const scratch = useScratchFolder();

async function main(): Promise<void> {
  say("changes: all that a child holds, told as ranges");
  for (const [index, example] of CASES.entries()) {
    await compareQuery(example, String(index));
  }
}

async function compareQuery({ name, format, sizeBytes, ...content }: Case, id: string): Promise<void> {
  const basePath = scratch(`base-${id}.${format}`);
  const path = scratch(`child-${id}.${format}`);
  await backend.createDisk({ type: "dynamic", format, path: basePath, sizeBytes });
  await backend.createDisk({ type: "differencing", format, path, parentPath: basePath });
  const scattered = await (format === "vhd" ? scatterIntoVhd : scatterIntoVhdx)(path, content);
  const { entryCount, bitmapOffsets, rangeCount } = scattered;
  const told = await countChanges(path);
  if (told !== rangeCount) {
    throw new Error(`the query of ${path} told ${told} ranges instead of ${rangeCount}`);
  }
  const subject = {
    name: `${name} with ${entryCount} blocks, ${bitmapOffsets.length} of them held in part, in ${rangeCount} ranges`,
    run: () => countChanges(path),
  };
  const reference = {
    name: "reading its table and their bitmaps",
    run: () => readTables(path, format, scattered),
  };
  const isDense = rangeCount > entryCount / 2;
  await compare({
    subject,
    reference,
    per: isDense
      ? { count: rangeCount / 1e6, unit: "million ranges" }
      : { count: entryCount / 1e6, unit: "million blocks" },
  });
  say(`      peak memory: ${measurePeakMemory("changes", path)} more than a process that does nothing`);
}

async function readTables(path: string, format: DiskFormat, { entryCount, bitmapOffsets }: Scattered): Promise<void> {
  await readPlainly(path, TABLE_OFFSET_BYTES, entryCount * ENTRY_LENGTH_BYTES[format], 256 * KIB);
  const file = await open(path);
  const bitmap = new Uint8Array(BLOCK_LENGTH_BYTES / 512 / 8);
  for (const offsetBytes of bitmapOffsets) {
    await file.read(bitmap, 0, bitmap.length, offsetBytes);
  }
  await file.close();
}

void main();
