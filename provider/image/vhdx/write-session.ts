import { ZERO_GUID } from "../../disk/guid";
import { MIB, alignUp, unsupportedImage } from "../bytes";
import type { RandomAccessFile } from "../random-access-file";
import { type CurrentHeader, HEADER_OFFSETS, type VhdxHeader, serializeHeader } from "./header";
import type { LogReplay } from "./log";
import { type Patch, type Sectors, collectSectors, writeLogEntry } from "./log-writer";
import { readLoggedSector } from "./replayed-file";
import type { VhdxStructures } from "./structures";

/** Leaves room for the header updates of a session; no real file comes near it. */
const MAX_SEQUENCE_NUMBER = 2n ** 64n - 64n;

/** How much is zeroed at a time. */
const ZEROS = new Uint8Array(MIB);

/**
 * A file that is being changed. To begin, the log is replayed to the file, so that the structures
 * read before hold in the file itself. To end, there is nothing to do but to close the file.
 *
 * What nothing refers to yet (new blocks, a new table, entries behind the end of the table) may be
 * written directly, and is made durable by {@link commit}; everything else changes through
 * {@link commit}, all of it or nothing.
 *
 * @see [MS-VHDX] 2.2.2.1, 2.3
 */
export class WriteSession {
  #current: CurrentHeader;

  private constructor(
    private readonly file: RandomAccessFile,
    current: CurrentHeader,
  ) {
    this.#current = current;
  }

  /**
   * Begins to change a file: gives it a new FileWriteGuid, then replays its log.
   *
   * @param file writable, used by nobody else
   * @param structures as read from it just now
   * @throws UnsupportedImage, IoFailed
   */
  static async begin(file: RandomAccessFile, structures: VhdxStructures): Promise<WriteSession> {
    if (structures.current.header.sequenceNumber > MAX_SEQUENCE_NUMBER) {
      throw unsupportedImage(file.name, "the sequence numbers of the headers are used up");
    }
    if (structures.current.header.logLengthBytes === 0) {
      throw unsupportedImage(
        file.name,
        "the image has no log, without which it cannot be changed safely",
      );
    }
    const session = new WriteSession(file, structures.current);
    await session.#updateHeaders({ fileWriteId: crypto.randomUUID() });
    if (structures.replay !== undefined) {
      await replayLog(file, structures.replay);
      await file.flush();
      await session.#updateHeaders({ logId: ZERO_GUID });
    }
    return session;
  }

  /**
   * Makes changes take effect together, and durably, along with everything that was written
   * directly before.
   *
   * @param patches what to change, in any order
   * @param changesContent whether a user of the disk can see a difference: the DataWriteGuid
   *   changes then, and children of the disk do not accept it as their parent any more
   * @throws UnsupportedImage, with nothing changed, when the log is too small; IoFailed
   */
  async commit(
    patches: readonly Patch[],
    { changesContent }: { changesContent: boolean },
  ): Promise<void> {
    await this.file.resize(alignUp(await this.file.readSize(), MIB));
    const sectors = await collectSectors(this.file, patches);
    // The entry comes first and the header that names it second, other than 2.2.2 words it. The
    // header says that the log holds nothing, so that nobody looks at what is overwritten; and
    // there is no moment in which a header names a log without a valid entry, which every reader
    // must take for damage.
    const logId = crypto.randomUUID();
    await writeLogEntry(this.file, this.#current.header, logId, sectors);
    await this.file.flush();
    // From the next line on the changes are in effect, whatever happens: the log holds them and the
    // header says so.
    await this.#updateHeaders({
      logId,
      ...(changesContent ? { dataWriteId: crypto.randomUUID() } : {}),
    });
    await writeSectors(this.file, sectors);
    await this.file.flush();
    await this.#updateHeaders({ logId: ZERO_GUID });
  }

  /**
   * Replaces the header that is not current, so that it becomes current, and then the other one as
   * well.
   */
  async #updateHeaders(
    changes: Partial<Pick<VhdxHeader, "fileWriteId" | "dataWriteId" | "logId">>,
  ): Promise<void> {
    for (let copy = 0; copy < HEADER_OFFSETS.length; copy += 1) {
      const { header, slot } = this.#current;
      const next = { ...header, ...changes, sequenceNumber: header.sequenceNumber + 1n };
      const nextSlot = slot === 0 ? 1 : 0;
      await this.file.write(HEADER_OFFSETS[nextSlot], serializeHeader(next));
      await this.file.flush();
      this.#current = { header: next, slot: nextSlot };
    }
  }
}

/** Writes zeros, a piece at a time. */
export async function writeZeros(
  file: RandomAccessFile,
  offsetBytes: number,
  lengthBytes: number,
): Promise<void> {
  for (let done = 0; done < lengthBytes; done += ZEROS.length) {
    await file.write(
      offsetBytes + done,
      ZEROS.subarray(0, Math.min(ZEROS.length, lengthBytes - done)),
    );
  }
}

/**
 * Does what the log orders. It may be done again after a power loss, since the log stays as it is.
 */
async function replayLog(file: RandomAccessFile, replay: LogReplay): Promise<void> {
  await file.resize(replay.fileSizeBytes);
  for (const update of replay.updates) {
    if (update.kind === "zero") {
      await writeZeros(file, update.offsetBytes, update.lengthBytes);
    } else {
      await file.write(update.offsetBytes, await readLoggedSector(file, update));
    }
  }
}

async function writeSectors(file: RandomAccessFile, sectors: Sectors): Promise<void> {
  for (const [offsetBytes, sector] of sectors) {
    await file.write(offsetBytes, sector);
  }
}
