import { DiskError } from "../../provider/disk/errors";
import type { RandomAccessFile } from "../../provider/image/random-access-file";

const PAGE_SIZE_BYTES = 64 * 1024;

/** A sparse file in memory: only pages that were written take space, so that a 64 TiB disk fits. */
export class MemoryFile implements RandomAccessFile {
  readonly #pages = new Map<number, Uint8Array>();
  /** The pages that no clone shares: only they are written in place. */
  readonly #ownPages = new Set<number>();
  #sizeBytes = 0;
  /** How many bytes were asked for by {@link read} so far. */
  bytesRead = 0;
  /** How often {@link read} or {@link readEach} was called so far. */
  readCount = 0;
  flushCount = 0;
  closed = false;

  constructor(readonly name = "memory.vhdx") {}

  /** A file that holds a copy of `bytes`. */
  static of(bytes: Uint8Array, name?: string): MemoryFile {
    const file = new MemoryFile(name);
    file.writeNow(0, bytes);
    return file;
  }

  /** All bytes of the file; only for files that fit into memory. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#sizeBytes);
    this.readNow(0, bytes);
    return bytes;
  }

  /**
   * A file of its own with the same content, which shares each page until one of them writes it.
   */
  clone(name = this.name): MemoryFile {
    const copy = new MemoryFile(name);
    copy.#sizeBytes = this.#sizeBytes;
    for (const [index, page] of this.#pages) {
      copy.#pages.set(index, page);
    }
    this.#ownPages.clear();
    return copy;
  }

  readSize(): Promise<number> {
    return Promise.resolve(this.#sizeBytes);
  }

  read(offsetBytes: number, target: Uint8Array): Promise<number> {
    this.#assertOpen();
    this.bytesRead += target.length;
    this.readCount += 1;
    return Promise.resolve(this.readNow(offsetBytes, target));
  }

  readonly readEach = async (
    offsetBytes: number,
    targets: readonly Uint8Array[],
  ): Promise<number> => {
    const bytes = Buffer.alloc(targets.reduce((total, { length }) => total + length, 0));
    const count = await this.read(offsetBytes, bytes);
    let start = 0;
    for (const target of targets) {
      target.set(bytes.subarray(start, Math.min(start + target.length, count)));
      start = Math.min(start + target.length, count);
    }
    return count;
  };

  write(offsetBytes: number, source: Uint8Array): Promise<void> {
    this.#assertOpen();
    this.writeNow(offsetBytes, source);
    return Promise.resolve();
  }

  resize(sizeBytes: number): Promise<void> {
    for (const [index, page] of this.#pages) {
      const start = index * PAGE_SIZE_BYTES;
      if (start >= sizeBytes) {
        this.#pages.delete(index);
        this.#ownPages.delete(index);
      } else if (start + PAGE_SIZE_BYTES > sizeBytes) {
        this.#ownPage(index, page).fill(0, sizeBytes - start);
      }
    }
    this.#sizeBytes = sizeBytes;
    return Promise.resolve();
  }

  flush(): Promise<void> {
    this.flushCount += 1;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** {@link read} without waiting. */
  readNow(offsetBytes: number, target: Uint8Array): number {
    const count = Math.max(0, Math.min(target.length, this.#sizeBytes - offsetBytes));
    for (let done = 0; done < count;) {
      const at = offsetBytes + done;
      const index = Math.floor(at / PAGE_SIZE_BYTES);
      const start = at - index * PAGE_SIZE_BYTES;
      const length = Math.min(count - done, PAGE_SIZE_BYTES - start);
      const page = this.#pages.get(index);
      if (page === undefined) {
        target.fill(0, done, done + length);
      } else {
        target.set(page.subarray(start, start + length), done);
      }
      done += length;
    }
    return count;
  }

  /** {@link write} without waiting. */
  writeNow(offsetBytes: number, source: Uint8Array): void {
    for (let done = 0; done < source.length;) {
      const at = offsetBytes + done;
      const index = Math.floor(at / PAGE_SIZE_BYTES);
      const start = at - index * PAGE_SIZE_BYTES;
      const length = Math.min(source.length - done, PAGE_SIZE_BYTES - start);
      const page = this.#ownPage(index, this.#pages.get(index));
      page.set(source.subarray(done, done + length), start);
      done += length;
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, offsetBytes + source.length);
  }

  /** A page that may be written in place. */
  #ownPage(index: number, page: Uint8Array | undefined): Uint8Array {
    if (page !== undefined && this.#ownPages.has(index)) {
      return page;
    }
    const own = page?.slice() ?? new Uint8Array(PAGE_SIZE_BYTES);
    this.#pages.set(index, own);
    this.#ownPages.add(index);
    return own;
  }

  #assertOpen(): void {
    if (this.closed) {
      throw new DiskError("Internal", {
        what: "the file is used after it was closed",
        subject: this.name,
      });
    }
  }
}
