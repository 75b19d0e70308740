import { readStructure } from "../bytes";
import { type PayloadPart, readPayload } from "../gathered-reads";
import type { ReadableFile } from "../random-access-file";
import type { LogReplay, LogUpdate } from "./log";
import { restoreEdges } from "./log-entry";
import { MergedUpdates } from "./merged-updates";

/**
 * A file as it would be with its log replayed. Nothing is written, and the content of the log stays
 * in the file until it is read; both allow to look at a disk in use elsewhere and at one on
 * read-only media.
 *
 * @see [MS-VHDX] 2.3.3, note 5
 */
export class ReplayedFile implements ReadableFile {
  readonly name: string;
  readonly #updates: MergedUpdates;

  /** @param updates of the replay, where they were merged before */
  constructor(
    private readonly file: ReadableFile,
    private readonly replay: LogReplay,
    updates = new MergedUpdates(replay.updates),
  ) {
    this.name = file.name;
    this.#updates = updates;
  }

  /** The same view of another view of the file. */
  over(file: ReadableFile): ReplayedFile {
    return new ReplayedFile(file, this.replay, this.#updates);
  }

  readSize(): Promise<number> {
    return Promise.resolve(this.replay.fileSizeBytes);
  }

  async read(offsetBytes: number, target: Uint8Array): Promise<number> {
    const count = Math.max(0, Math.min(target.length, this.replay.fileSizeBytes - offsetBytes));
    const part = target.subarray(0, count);
    part.fill(0, await this.file.read(offsetBytes, part));
    const logged: LoggedPart[] = [];
    for (const { update, ...range } of this.#updates.findOverlaps(
      offsetBytes,
      offsetBytes + count,
    )) {
      const start = range.offsetBytes - offsetBytes;
      const changed = part.subarray(start, start + range.lengthBytes);
      if (update.kind === "zero") {
        changed.fill(0);
      } else {
        const startInSector = range.offsetBytes - update.offsetBytes;
        logged.push({
          update,
          startInSector,
          fileOffsetBytes: update.dataOffset + startInSector,
          target: changed,
        });
      }
    }
    await readPayload(this.file, logged);
    for (const { update, startInSector, target: changed } of logged) {
      restoreEdges(update.edges, startInSector, changed);
    }
    return count;
  }
}

/** A part of a sector that is read from the log. */
interface LoggedPart extends PayloadPart {
  readonly update: LogUpdate;
  readonly startInSector: number;
}

/**
 * The sector that an update of kind `data` puts in its place.
 *
 * @returns 4 KiB of new bytes
 * @throws CorruptImage, IoFailed
 */
export async function readLoggedSector(file: ReadableFile, update: LogUpdate): Promise<Uint8Array> {
  const sector = await readStructure(file, "log", update.dataOffset, update.lengthBytes);
  restoreEdges(update.edges, 0, sector);
  return sector;
}
