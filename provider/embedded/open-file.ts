import * as fs from "node:fs";
import { promisify } from "node:util";
import { callPlace } from "./call-place";

const BIGINT = { bigint: true } as const;

/** More bytes are moved in the thread pool. */
const MAX_BYTES_IN_PLACE = 512 * 1024;

/** The calls of the thread pool that take a descriptor, as promises. */
const pool = {
  stat: promisify<number, { readonly bigint: true }, fs.BigIntStats>(fs.fstat),
  read: promisify(fs.read),
  readEach: promisify(fs.readv),
  write: promisify(fs.write),
  truncate: promisify(fs.ftruncate),
  chmod: promisify(fs.fchmod),
  flush: promisify(fs.fsync),
  close: promisify(fs.close),
} as const;

/** Opens a file in the thread pool. @returns its descriptor */
export const openPooled: (
  path: fs.PathLike,
  flags: string | number,
  mode?: number,
) => Promise<number> = promisify<fs.PathLike, string | number, number | undefined, number>(fs.open);

/**
 * An open file, as a `FileHandle` of Node.js: it fails in the same way, closing waits for what is
 * under way, and nothing reaches another file that got its number later. Its calls are made where
 * that is quickest (call-place.ts).
 */
export class OpenFile {
  /** Absent once the file is closed. */
  #descriptor: number | undefined;
  /** What the thread pool does with the file just now. */
  readonly #pending = new Set<Promise<unknown>>();
  #maxBytesInPlace = MAX_BYTES_IN_PLACE;

  /** @param descriptor owned by this object from here on */
  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The number by which the process knows the open file. @throws EBADF once it is closed */
  get #openDescriptor(): number {
    if (this.#descriptor === undefined) {
      throw Object.assign(new Error("EBADF: the file is closed"), { code: "EBADF" });
    }
    return this.#descriptor;
  }

  /**
   * Lets all further bytes be moved in the thread pool: a million ranges, found out by many little
   * reads in place, would leave the collection of garbage no time, and take twice the memory now
   * and then.
   */
  moveBytesInPool(): void {
    this.#maxBytesInPlace = 0;
  }

  /** What the file system says of the file, whatever its name leads to by now. */
  stat(): Promise<fs.BigIntStats> {
    return this.#call(
      (descriptor) => fs.fstatSync(descriptor, BIGINT),
      (descriptor) => pool.stat(descriptor, BIGINT),
    );
  }

  /** @returns how many bytes were read, less than were asked for at the end of the file */
  read(target: Uint8Array, offsetBytes: number): Promise<number> {
    const { length } = target;
    const pooled = async (descriptor: number): Promise<number> =>
      (await pool.read(descriptor, target, 0, length, offsetBytes)).bytesRead;
    return length > this.#maxBytesInPlace
      ? this.#pool(pooled)
      : this.#call((descriptor) => fs.readSync(descriptor, target, 0, length, offsetBytes), pooled);
  }

  /** Reads what follows on each other in the file into several places. */
  readEach(targets: readonly Uint8Array[], offsetBytes: number): Promise<number> {
    return this.#pool(
      async (descriptor) => (await pool.readEach(descriptor, targets, offsetBytes)).bytesRead,
    );
  }

  /**
   * @param offsetBytes `null` for where the file is, or its end if it was opened for appending
   * @returns how many bytes were written
   */
  write(source: Uint8Array, offsetBytes: number | null): Promise<number> {
    const { length } = source;
    const pooled = async (descriptor: number): Promise<number> =>
      (await pool.write(descriptor, source, 0, length, offsetBytes)).bytesWritten;
    return length > this.#maxBytesInPlace
      ? this.#pool(pooled)
      : this.#call(
          (descriptor) => fs.writeSync(descriptor, source, 0, length, offsetBytes),
          pooled,
        );
  }

  /** Cuts or enlarges the file. */
  truncate(sizeBytes: number): Promise<void> {
    return this.#call(
      (descriptor) => fs.ftruncateSync(descriptor, sizeBytes),
      (descriptor) => pool.truncate(descriptor, sizeBytes),
    );
  }

  /** Sets the permissions. */
  chmod(mode: number): Promise<void> {
    return this.#call(
      (descriptor) => fs.fchmodSync(descriptor, mode),
      (descriptor) => pool.chmod(descriptor, mode),
    );
  }

  /** Returns when the file is on stable storage. */
  flush(): Promise<void> {
    return this.#pool((descriptor) => pool.flush(descriptor));
  }

  /** Returns when what is under way has ended and the file is closed. To be called once. */
  async close(): Promise<void> {
    const descriptor = this.#openDescriptor;
    this.#descriptor = undefined;
    await Promise.allSettled(this.#pending);
    await callPlace.call(
      () => fs.closeSync(descriptor),
      () => pool.close(descriptor),
    );
  }

  #call<Result>(
    inPlace: (descriptor: number) => Result,
    pooled: (descriptor: number) => Promise<Result>,
  ): Promise<Result> {
    return callPlace.call(
      () => inPlace(this.#openDescriptor),
      () => this.#pool(pooled),
    );
  }

  async #pool<Result>(pooled: (descriptor: number) => Promise<Result>): Promise<Result> {
    const result = pooled(this.#openDescriptor);
    this.#pending.add(result);
    try {
      return await result;
    } finally {
      this.#pending.delete(result);
    }
  }
}
