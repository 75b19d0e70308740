import { FILE_SECTOR_SIZE_BYTES } from "../../provider/image/bytes";
import type { RandomAccessFile } from "../../provider/image/random-access-file";
import type { MemoryFile } from "./memory-file";

/** A change that volatile storage may lose, keep or apply before an older one. */
type Change =
  | { readonly kind: "write"; readonly offsetBytes: number; readonly bytes: Uint8Array }
  | { readonly kind: "resize"; readonly sizeBytes: number };

/**
 * A file that remembers what was written and when it was flushed, so that a test can look at
 * everything a power loss could have left behind.
 *
 * The storage it models writes sectors of 512 bytes atomically, never loses what was flushed, and
 * keeps any choice of the sectors written since, in any order.
 */
export class PowerLossFile implements RandomAccessFile {
  readonly #initial: MemoryFile;
  readonly #log: (Change | { readonly kind: "flush" })[] = [];

  /**
   * @param file holds the content on storage at the beginning, which counts as flushed; it is
   *   written through to
   */
  constructor(readonly file: MemoryFile) {
    this.#initial = file.clone();
  }

  get name(): string {
    return this.file.name;
  }

  readSize(): Promise<number> {
    return this.file.readSize();
  }

  read(offsetBytes: number, target: Uint8Array): Promise<number> {
    return this.file.read(offsetBytes, target);
  }

  async write(offsetBytes: number, source: Uint8Array): Promise<void> {
    await this.file.write(offsetBytes, source);
    this.#log.push({ kind: "write", offsetBytes, bytes: source.slice() });
  }

  async resize(sizeBytes: number): Promise<void> {
    await this.file.resize(sizeBytes);
    this.#log.push({ kind: "resize", sizeBytes });
  }

  async flush(): Promise<void> {
    await this.file.flush();
    this.#log.push({ kind: "flush" });
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /**
   * What a power loss could have left, for each point in time from the beginning to now: everything
   * flushed, and of the writes since the last flush all of them (so that over time every prefix
   * appears), none, and some pseudo-random choices of their sectors. The same writes give the same
   * states.
   *
   * @param choicesPerPoint how many pseudo-random choices each point in time gets
   */
  async *crashStates(choicesPerPoint = 12): AsyncGenerator<MemoryFile, void, undefined> {
    const random = createRandom();
    const durable = this.#initial.clone();
    let pending: Change[] = [];
    yield durable.clone();
    for (const entry of this.#log) {
      if (entry.kind === "flush") {
        await applyChanges(durable, pending);
        pending = [];
        yield durable.clone();
        continue;
      }
      pending.push(entry);
      yield await applyChanges(durable.clone(), pending);
      const pieces = pending.flatMap(splitIntoSectors);
      for (let choice = 0; choice < choicesPerPoint; choice += 1) {
        // A different share each time: sometimes nearly all sectors arrive, sometimes hardly any.
        const share = random();
        yield await applyChanges(
          durable.clone(),
          pieces.filter(() => random() < share),
        );
      }
    }
  }
}

async function applyChanges(file: MemoryFile, changes: readonly Change[]): Promise<MemoryFile> {
  for (const change of changes) {
    if (change.kind === "resize") {
      await file.resize(change.sizeBytes);
    } else {
      file.writeNow(change.offsetBytes, change.bytes);
    }
  }
  return file;
}

function splitIntoSectors(change: Change): Change[] {
  if (change.kind === "resize") {
    return [change];
  }
  const pieces: Change[] = [];
  for (let done = 0; done < change.bytes.length;) {
    const offsetBytes = change.offsetBytes + done;
    const length = FILE_SECTOR_SIZE_BYTES - (offsetBytes % FILE_SECTOR_SIZE_BYTES);
    pieces.push({ kind: "write", offsetBytes, bytes: change.bytes.subarray(done, done + length) });
    done += length;
  }
  return pieces;
}

/** Numbers in [0, 1) that are the same in every run (a linear congruential generator). */
function createRandom(): () => number {
  let state = 0x2545f491;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
}
