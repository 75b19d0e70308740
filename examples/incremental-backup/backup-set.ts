/** What a backup consists of: a folder with a catalog and the saved ranges, one file a page. */
import {
  createReadStream,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as vhd from "pulumi-vhd";

const CHUNK_SIZE_BYTES = 1024 * 1024;

/** What `catalog.json` says. */
export interface Catalog {
  readonly disk: { readonly path: string; readonly sizeBytes: number; readonly modifiedMs: number };
  /** What the ranges are to be laid over. */
  readonly parent: { readonly path: string; readonly diskId: string | undefined };
  /** Each page has a file, which holds the content of its ranges one after the other. */
  readonly pages: readonly Page[];
  /** Where the copy goes on, until it is complete. */
  readonly nextToken: string | undefined;
  readonly complete: boolean;
}

interface Page {
  readonly file: string;
  readonly ranges: readonly vhd.ChangedRange[];
}

/** A catalog without pages. */
export async function startCatalog(diskPath: string): Promise<Catalog> {
  const modifiedMs = statSync(diskPath).mtimeMs;
  const { disks } = await vhd.getVirtualDiskChain({ path: diskPath });
  const [disk, parent] = disks;
  if (disk === undefined || parent === undefined) {
    throw new Error(`${diskPath} has no parent: copy the file itself.`);
  }
  return {
    disk: { path: disk.path, sizeBytes: disk.sizeBytes, modifiedMs },
    parent: { path: parent.path, diskId: parent.diskId },
    pages: [],
    nextToken: undefined,
    complete: false,
  };
}

/** The catalog of a backup; `undefined` before its first page was saved. */
export function readCatalog(folder: string): Catalog | undefined {
  const path = join(folder, "catalog.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Catalog) : undefined;
}

/** Writes the whole catalog or nothing, also when the program is killed. */
export function writeCatalog(folder: string, catalog: Catalog): void {
  const path = join(folder, "catalog.json");
  writeFileSync(`${path}.new`, JSON.stringify(catalog), { flush: true });
  renameSync(`${path}.new`, path);
}

/** The catalog of a backup that can be read back. */
export function requireCompleteCatalog(folder: string): Catalog {
  const catalog = readCatalog(folder);
  if (catalog?.complete !== true) {
    throw new Error(`${folder} contains no complete backup. Save the disk first.`);
  }
  return catalog;
}

/**
 * The content of the disk from a backup: that of its parent, with the saved ranges laid over it.
 */
export async function* readBackup(folder: string, catalog: Catalog): AsyncGenerator<Uint8Array> {
  const parent = await vhd.openVirtualDisk(catalog.parent.path);
  try {
    if (parent.info.diskId !== catalog.parent.diskId) {
      throw new Error(`${catalog.parent.path} is not the disk that ${folder} was saved over.`);
    }
    let position = 0;
    for (const { file, ranges } of catalog.pages) {
      const path = join(folder, file);
      assertWhole(path, ranges);
      let start = 0;
      for (const { offsetBytes, lengthBytes } of ranges) {
        yield* readParent(parent, position, offsetBytes);
        yield* createReadStream(path, {
          start,
          end: start + lengthBytes - 1,
        }) as AsyncIterable<Uint8Array>;
        start += lengthBytes;
        position = offsetBytes + lengthBytes;
      }
    }
    yield* readParent(parent, position, catalog.disk.sizeBytes);
  } finally {
    await parent.close();
  }
}

/** A file that was cut short would shift all that follows. */
function assertWhole(path: string, ranges: readonly vhd.ChangedRange[]): void {
  const expectedBytes = ranges.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  if (statSync(path).size !== expectedBytes) {
    throw new Error(
      `${path} is damaged: it has ${statSync(path).size} bytes instead of ${expectedBytes}.`,
    );
  }
}

/** A disk may be larger than its parent: behind the parent's end there are zeros. */
async function* readParent(
  parent: vhd.OpenedVirtualDisk,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const parentEnd = Math.max(start, Math.min(end, parent.info.sizeBytes));
  if (start < parentEnd) {
    yield* parent.stream({ offsetBytes: start, lengthBytes: parentEnd - start });
  }
  for (let offset = parentEnd; offset < end; offset += CHUNK_SIZE_BYTES) {
    yield new Uint8Array(Math.min(CHUNK_SIZE_BYTES, end - offset));
  }
}
