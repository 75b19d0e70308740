/**
 * Making, refreshing and deleting many children of one parent in one folder, against the least that the file system can
 * be asked for the same result: so many at a time as Pulumi works on.
 */
import { mkdir, open, unlink } from "node:fs/promises";
import type { DiskFormat, VirtualDiskInfo } from "../provider/disk/disk";
import { createEmbeddedBackend } from "../provider/embedded/embedded-backend";
import { GIB, KIB } from "../provider/image/bytes";
import { type Task, compare, say } from "./support/measure";
import { forEachAtOnce } from "./support/plain-files";
import { useScratchFolder } from "./support/scratch-folder";

const REFRESH_COUNT = 500;
/** Twice as many disks in a folder must not take much longer for each of them. */
const COUNTS = [500, 1000];

/** What a differencing VHDX is told by: its identifier, headers and region tables. */
const HEADER_BYTES = 320 * KIB;

const backend = createEmbeddedBackend();
const scratch = useScratchFolder();
let folderCount = 0;

async function main(): Promise<void> {
  say("making: disks in one folder, 16 at a time");
  for (const format of ["vhdx", "vhd"] as const) {
    const basePath = scratch(`base.${format}`);
    await backend.createDisk({ type: "dynamic", format, path: basePath, sizeBytes: 64 * GIB });
    for (const count of COUNTS) {
      await compareCreation(format, basePath, count);
      await compareDeletion(format, basePath, count);
    }
    await compareRefresh(format, basePath);
  }
}

async function compareCreation(format: DiskFormat, parentPath: string, count: number): Promise<void> {
  let folder = "";
  const prepare = async (): Promise<void> => {
    folder = await makeFolder();
  };
  await compare({
    subject: {
      name: `creating ${count} differencing ${format}`,
      prepare,
      run: () => createChildren(format, parentPath, folder, count),
    },
    reference: {
      name: `creating as many files of 4 KiB, each flushed`,
      prepare,
      run: () => createPlainFiles(folder, count),
    },
    per: { count, unit: "disk" },
    maxRounds: 3,
  });
}

async function compareDeletion(format: DiskFormat, parentPath: string, count: number): Promise<void> {
  let disks: VirtualDiskInfo[] = [];
  let folder = "";
  const subject: Task = {
    name: `deleting ${count} differencing ${format}, each proven to be nobody's parent`,
    async prepare() {
      disks = await createChildren(format, parentPath, await makeFolder(), count);
    },
    run: () => forEachAtOnce(count, (index) => backend.deleteDisk(disks[index]!)),
  };
  const reference: Task = {
    name: "unlinking as many files",
    async prepare() {
      folder = await makeFolder();
      await createPlainFiles(folder, count);
    },
    run: () => forEachAtOnce(count, (index) => unlink(plainPathOf(folder, index))),
  };
  await compare({ subject, reference, per: { count, unit: "disk" }, maxRounds: 3 });
}

async function compareRefresh(format: DiskFormat, parentPath: string): Promise<void> {
  const disks = await createChildren(format, parentPath, await makeFolder(), REFRESH_COUNT);
  const per = { count: REFRESH_COUNT, unit: "disk" };
  const reference: Task = {
    name: "a stat of each file and a read of its first 320 KiB",
    run: () => forEachAtOnce(REFRESH_COUNT, (index) => readHeader(disks[index]!.path)),
  };
  const inspect: Task = {
    name: `inspecting ${REFRESH_COUNT} differencing ${format} and their parent`,
    run: () => forEachAtOnce(REFRESH_COUNT, (index) => backend.inspectDisk(disks[index]!.path)),
  };
  const readChain: Task = {
    name: `reading the chain of ${REFRESH_COUNT} differencing ${format}`,
    run: () => forEachAtOnce(REFRESH_COUNT, (index) => backend.readChain(disks[index]!.path)),
  };
  await compare({ subject: inspect, reference, per });
  await compare({ subject: readChain, reference, per });
}

async function createChildren(
  format: DiskFormat,
  parentPath: string,
  folder: string,
  count: number,
): Promise<VirtualDiskInfo[]> {
  const disks: VirtualDiskInfo[] = [];
  await forEachAtOnce(count, async (index) => {
    const path = `${plainPathOf(folder, index)}.${format}`;
    disks.push(await backend.createDisk({ type: "differencing", format, path, parentPath }));
  });
  return disks;
}

async function createPlainFiles(folder: string, count: number): Promise<void> {
  const content = new Uint8Array(4 * KIB);
  await forEachAtOnce(count, async (index) => {
    const file = await open(plainPathOf(folder, index), "wx");
    await file.write(content);
    await file.sync();
    await file.close();
  });
}

async function readHeader(path: string): Promise<void> {
  const file = await open(path);
  await file.stat();
  await file.read(new Uint8Array(HEADER_BYTES), 0, HEADER_BYTES, 0);
  await file.close();
}

async function makeFolder(): Promise<string> {
  folderCount += 1;
  const folder = scratch(String(folderCount));
  await mkdir(folder);
  return folder;
}

function plainPathOf(folder: string, index: number): string {
  return `${folder}/disk-${index}`;
}

void main();
