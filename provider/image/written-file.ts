import type { RandomAccessFile } from "./random-access-file";

/** A small image is kept whole; of one with a longer table, nothing is. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * A file that was made just now and is being written. What is written goes into the file and is
 * kept as well, so that what came out can be opened and validated without reading it back.
 *
 * Reading back would cost far more than writing: the kernel fills memory with zeros for everything
 * that was never written, and returns what is in memory in any case, not what is on the volume.
 */
export class WrittenFile implements RandomAccessFile {
  readonly name: string;
  #sizeBytes = 0;
  #keptBytes = 0;
  /** What was written, the oldest first; `undefined` where it became too much to keep. */
  #pieces: { readonly offsetBytes: number; readonly bytes: Uint8Array }[] | undefined = [];

  /** @param file new and empty; nothing else writes to it meanwhile */
  constructor(private readonly file: RandomAccessFile) {
    this.name = file.name;
  }

  readSize(): Promise<number> {
    return Promise.resolve(this.#sizeBytes);
  }

  async read(offsetBytes: number, target: Uint8Array): Promise<number> {
    if (this.#pieces === undefined) {
      return this.file.read(offsetBytes, target);
    }
    const count = Math.max(0, Math.min(target.length, this.#sizeBytes - offsetBytes));
    target.fill(0, 0, count);
    const endBytes = offsetBytes + count;
    for (const piece of this.#pieces) {
      const from = Math.max(offsetBytes, piece.offsetBytes);
      const to = Math.min(endBytes, piece.offsetBytes + piece.bytes.length);
      if (from < to) {
        const part = piece.bytes.subarray(from - piece.offsetBytes, to - piece.offsetBytes);
        target.set(part, from - offsetBytes);
      }
    }
    return count;
  }

  async write(offsetBytes: number, source: Uint8Array): Promise<void> {
    await this.file.write(offsetBytes, source);
    this.#sizeBytes = Math.max(this.#sizeBytes, offsetBytes + source.length);
    this.#keptBytes += source.length;
    if (this.#keptBytes > MAX_KEPT_BYTES) {
      this.#pieces = undefined;
    }
    this.#pieces?.push({ offsetBytes, bytes: source.slice() });
  }

  async resize(sizeBytes: number): Promise<void> {
    await this.file.resize(sizeBytes);
    if (sizeBytes < this.#sizeBytes) {
      // What was cut off must not come back when the file grows again.
      this.#pieces = undefined;
    }
    this.#sizeBytes = sizeBytes;
  }

  flush(): Promise<void> {
    return this.file.flush();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
