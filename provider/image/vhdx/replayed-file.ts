import { DiskError } from "../../disk/errors";
import { readStructure } from "../bytes";
import type { RandomAccessFile } from "../random-access-file";
import type { LogReplay, LogUpdate } from "./log";
import { DESCRIPTOR_LENGTH_BYTES, restoreSector } from "./log-entry";

/**
 * A file as it would be with its log replayed. Nothing is written, and the content of the log stays in the file until it
 * is read; both allow to look at a disk in use elsewhere and at one on read-only media.
 *
 * @see [MS-VHDX] 2.3.3, note 5
 */
export class ReplayedFile implements RandomAccessFile {
  readonly name: string;

  constructor(
    private readonly file: RandomAccessFile,
    private readonly replay: LogReplay,
  ) {
    this.name = file.name;
  }

  readSize(): Promise<number> {
    return Promise.resolve(this.replay.fileSizeBytes);
  }

  async read(offsetBytes: number, target: Uint8Array): Promise<number> {
    const count = Math.max(0, Math.min(target.length, this.replay.fileSizeBytes - offsetBytes));
    const part = target.subarray(0, count);
    part.fill(0, await this.file.read(offsetBytes, part));
    for (const update of this.replay.updates) {
      const start = Math.max(offsetBytes, update.offsetBytes);
      const end = Math.min(offsetBytes + count, update.offsetBytes + update.lengthBytes);
      if (start < end) {
        const changed = part.subarray(start - offsetBytes, end - offsetBytes);
        await applyUpdate(this.file, update, start - update.offsetBytes, changed);
      }
    }
    return count;
  }

  write(): Promise<void> {
    return this.#refuse();
  }

  resize(): Promise<void> {
    return this.#refuse();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.file.close();
  }

  #refuse(): Promise<void> {
    const what = "an image with a log to replay was opened for reading and is to be written";
    return Promise.reject(new DiskError("Internal", { what, subject: this.name }));
  }
}

/** Puts a part of what an update orders, beginning at `start` of it, into `target`. */
async function applyUpdate(
  file: RandomAccessFile,
  update: LogUpdate,
  start: number,
  target: Uint8Array,
): Promise<void> {
  if (update.kind === "zero") {
    target.fill(0);
    return;
  }
  target.set((await readLoggedSector(file, update)).subarray(start, start + target.length));
}

/**
 * The sector that an update of kind `data` puts in its place.
 *
 * @returns 4 KiB of new bytes
 * @throws CorruptImage, IoFailed
 */
export async function readLoggedSector(file: RandomAccessFile, update: LogUpdate): Promise<Uint8Array> {
  const descriptor = await readStructure(file, "log", update.descriptorOffset, DESCRIPTOR_LENGTH_BYTES);
  const sector = await readStructure(file, "log", update.dataOffset, update.lengthBytes);
  restoreSector(descriptor, sector);
  return sector;
}
