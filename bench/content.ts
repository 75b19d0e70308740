/**
 * The content of disks through their chains, against 7-Zip and QEMU reading the same files and against reading as many
 * bytes of a plain file. Programs of others are started anew each time, which takes them some milliseconds.
 */
import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { truncate, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { DiskFormat } from "../provider/disk/disk";
import { createEmbeddedBackend } from "../provider/embedded/embedded-backend";
import { openVirtualDisk } from "../provider/functions/open-virtual-disk";
import { KIB, MIB } from "../provider/image/bytes";
import { openNodeFile } from "../provider/embedded/node-file";
import { writeVhdContent } from "../test/support/vhd-writer";
import { writeVhdxContent } from "../test/support/vhdx-writer";
import { type Task, compare, say } from "./support/measure";
import { readPlainly } from "./support/plain-files";
import { useScratchFolder } from "./support/scratch-folder";
import { scatterIntoVhd } from "./support/sparse-vhd";
import { scatterIntoVhdx } from "./support/sparse-vhdx";

const SIZE_BYTES = 512 * MIB;
const PIECE_BYTES = 32 * MIB;

const backend = createEmbeddedBackend();
const scratch = useScratchFolder();

async function main(): Promise<void> {
  say(`content: all ${SIZE_BYTES / MIB} MiB of a disk, in order`);
  const plainPath = await makePlainFile();
  const plain: Task = {
    name: "reading a plain file of that size",
    run: () => readPlainly(plainPath, 0, SIZE_BYTES, MIB),
  };
  for (const format of ["vhdx", "vhd"] as const) {
    const basePath = await makeBase(format);
    await compare({ subject: stream(`a full dynamic ${format}`, basePath), reference: plain });
    await compareWithQemu(format, basePath);
    for (const runKib of [512, 64, 4]) {
      const path = await makeChain(format, basePath, runKib * KIB);
      const subject = stream(`a chain of 3 ${format}, in turns of ${runKib} KiB`, path);
      await compare({ subject, reference: plain });
      await compareWith7zip(subject, format, path);
    }
  }
}

function stream(name: string, path: string): Task {
  return {
    name,
    async run() {
      const disk = await openVirtualDisk(path);
      for await (const chunk of disk.stream()) {
        void chunk;
      }
      await disk.close();
    },
  };
}

async function compareWithQemu(format: DiskFormat, path: string): Promise<void> {
  if (!isInstalled("qemu-img", ["--version"])) {
    return;
  }
  const driver = format === "vhd" ? "vpc" : "vhdx";
  const ours = scratch("ours.raw");
  const theirs = scratch("theirs.raw");
  await compare({
    subject: {
      name: `a full dynamic ${format}, written to a raw file`,
      async run() {
        const disk = await openVirtualDisk(path);
        await pipeline(disk.stream(), createWriteStream(ours));
        await disk.close();
      },
    },
    reference: {
      name: "qemu-img convert",
      run: () => runProgram("qemu-img", ["convert", "-S", "0", "-f", driver, "-O", "raw", path, theirs]),
    },
  });
}

async function compareWith7zip(subject: Task, format: DiskFormat, path: string): Promise<void> {
  if (isInstalled("7zz", ["i"])) {
    const run = (): Promise<void> => runProgram("7zz", ["e", "-so", `-t${format}`, path]);
    await compare({ subject, reference: { name: "7zz e -so", run } });
  }
}

async function makePlainFile(): Promise<string> {
  const path = scratch("plain");
  await writeFile(path, "");
  await truncate(path, SIZE_BYTES);
  await fill(SIZE_BYTES, async (offsetBytes, bytes) => {
    const file = await openNodeFile(path, "read-write");
    await file.write(offsetBytes, bytes);
    await file.close();
  });
  return path;
}

async function makeBase(format: DiskFormat): Promise<string> {
  const path = scratch(`base.${format}`);
  await backend.createDisk({ type: "dynamic", format, path, sizeBytes: SIZE_BYTES });
  const file = await openNodeFile(path, "read-write");
  await fill(SIZE_BYTES, (offsetBytes, bytes) =>
    (format === "vhd" ? writeVhdContent : writeVhdxContent)(file, offsetBytes, bytes),
  );
  await file.close();
  return path;
}

/** Two children, each of which holds half of all blocks in turns of `runBytes`; the upper one turns twice as fast. */
async function makeChain(format: DiskFormat, basePath: string, runBytes: number): Promise<string> {
  const middlePath = scratch(`middle-${runBytes}.${format}`);
  const leafPath = scratch(`leaf-${runBytes}.${format}`);
  const scatter = format === "vhd" ? scatterIntoVhd : scatterIntoVhdx;
  await backend.createDisk({ type: "differencing", format, path: middlePath, parentPath: basePath });
  await scatter(middlePath, { everyBlock: 1, runBytes: 2 * runBytes, isFilled: true });
  await backend.createDisk({ type: "differencing", format, path: leafPath, parentPath: middlePath });
  await scatter(leafPath, { everyBlock: 1, runBytes, isFilled: true });
  return leafPath;
}

async function fill(
  sizeBytes: number,
  write: (offsetBytes: number, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  for (let offsetBytes = 0; offsetBytes < sizeBytes; offsetBytes += PIECE_BYTES) {
    await write(offsetBytes, randomBytes(PIECE_BYTES));
  }
}

function isInstalled(program: string, args: readonly string[]): boolean {
  const isThere = spawnSync(program, args).status === 0;
  if (!isThere) {
    say(`  not compared with ${program}, which is not installed`);
  }
  return isThere;
}

/** Runs a program to its end and throws its output away. */
async function runProgram(program: string, args: readonly string[]): Promise<void> {
  const options: SpawnOptions = { stdio: ["ignore", "ignore", "inherit"] };
  const [exitCode] = (await once(spawn(program, args, options), "close")) as [number | null];
  if (exitCode !== 0) {
    throw new Error(`${program} ended with ${exitCode}`);
  }
}

void main();
