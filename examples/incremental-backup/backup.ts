/**
 * A backup program: it copies what a differencing disk contains itself, and nothing of the disks
 * that it depends on.
 *
 *   npx ts-node backup.ts save /disks/web.vhdx /backups/monday    again: resumes the copy
 *   npx ts-node backup.ts verify /backups/monday                  compares it with the disk
 *   npx ts-node backup.ts restore /backups/monday web.img         the whole content, a raw image
 *
 * Nothing may write to the disk meanwhile. So let the machine use a new differencing disk over it,
 * which contains what the next backup copies.
 */
import { createHash } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import * as vhd from "pulumi-vhd";
import {
  readBackup,
  readCatalog,
  requireCompleteCatalog,
  startCatalog,
  writeCatalog,
} from "./backup-set";

/** Little enough to be copied again when the copy is broken off. */
const RANGES_PER_PAGE = 256;

async function save(diskPath: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  let catalog = readCatalog(folder) ?? (await startCatalog(diskPath));
  if (catalog.complete) {
    throw new Error(`${folder} already contains a complete backup. Choose another folder.`);
  }
  const disk = await vhd.openVirtualDisk(diskPath);
  try {
    const { nextToken } = catalog;
    for await (const page of vhd.iterateVirtualDiskChanges({
      path: diskPath,
      maxRanges: RANGES_PER_PAGE,
      nextToken,
    })) {
      const file = `ranges-${catalog.pages.length}.bin`;
      await pipeline(
        readRanges(disk, page.ranges),
        createWriteStream(join(folder, file), { flush: true }),
      );
      if (statSync(diskPath).mtimeMs !== catalog.disk.modifiedMs) {
        throw new Error(
          `${diskPath} was written to while it was copied. Delete ${folder} and start again.`,
        );
      }
      const { complete, ranges } = page;
      catalog = {
        ...catalog,
        pages: [...catalog.pages, { file, ranges }],
        nextToken: page.nextToken,
        complete,
      };
      // From here on the page counts: the catalog never names a file that is not whole.
      writeCatalog(folder, catalog);
    }
  } finally {
    await disk.close();
  }
}

async function* readRanges(
  disk: vhd.OpenedVirtualDisk,
  ranges: readonly vhd.ChangedRange[],
): AsyncGenerator<Uint8Array> {
  for (const range of ranges) {
    yield* disk.stream(range);
  }
}

async function verify(folder: string): Promise<void> {
  const catalog = requireCompleteCatalog(folder);
  const disk = await vhd.openVirtualDisk(catalog.disk.path);
  try {
    if ((await hash(readBackup(folder, catalog))) !== (await hash(disk.stream()))) {
      throw new Error(`${folder} differs from the current content of ${catalog.disk.path}.`);
    }
  } finally {
    await disk.close();
  }
}

async function hash(content: AsyncIterable<Uint8Array>): Promise<string> {
  const digest = createHash("sha256");
  for await (const chunk of content) {
    digest.update(chunk);
  }
  return digest.digest("hex");
}

async function restore(folder: string, imagePath: string): Promise<void> {
  if (existsSync(imagePath)) {
    throw new Error(`${imagePath} already exists.`);
  }
  const content = readBackup(folder, requireCompleteCatalog(folder));
  await pipeline(content, createWriteStream(`${imagePath}.part`, { flush: true }));
  renameSync(`${imagePath}.part`, imagePath);
}

async function main([command, ...paths]: readonly string[]): Promise<void> {
  const [first, second] = paths.map((path) => resolve(path));
  if (command === "save" && first !== undefined && second !== undefined) {
    return save(first, second);
  }
  if (command === "verify" && first !== undefined) {
    return verify(first);
  }
  if (command === "restore" && first !== undefined && second !== undefined) {
    return restore(first, second);
  }
  throw new Error("Usage: backup.ts save DISK FOLDER | verify FOLDER | restore FOLDER IMAGE");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
