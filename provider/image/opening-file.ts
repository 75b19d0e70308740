import type { ReadableFile } from "./random-access-file";
import { borrowBytes, returnBytes } from "./scratch";

/**
 * What is read at the beginning of every file: all structures of a VHDX but the metadata, the table
 * and the log.
 */
const HEAD_LENGTH_BYTES = 256 * 1024;

/**
 * A file for as long as it is being opened. What structures are read from is fetched in few large
 * requests and served from memory, and the size is asked for once: requests cost more than bytes.
 *
 * It holds what it fetched, so it is let go when the image is open; content is read from the file
 * itself.
 */
export class OpeningFile implements ReadableFile {
  readonly name: string;
  readonly #parts: { readonly offsetBytes: number; readonly bytes: Uint8Array }[] = [];
  #size: Promise<number> | undefined;

  /** @param file is never closed from here */
  constructor(private readonly file: ReadableFile) {
    this.name = file.name;
  }

  readSize(): Promise<number> {
    this.#size ??= this.file.readSize();
    return this.#size;
  }

  /** Fetches the beginning of the file. */
  async fetchHead(): Promise<void> {
    await this.fetch(0, HEAD_LENGTH_BYTES);
  }

  /**
   * Fetches a part of the file, unless it is there already. What is behind the end of the file is
   * left out.
   *
   * @throws IoFailed, AccessDenied
   */
  async fetch(offsetBytes: number, lengthBytes: number): Promise<void> {
    const wantedBytes = Math.min(lengthBytes, (await this.readSize()) - offsetBytes);
    if (offsetBytes < 0 || wantedBytes <= 0 || this.#find(offsetBytes, wantedBytes) !== undefined) {
      return;
    }
    const bytes = borrowBytes(wantedBytes);
    const count = await this.file.read(offsetBytes, bytes);
    this.#parts.push({ offsetBytes, bytes: bytes.subarray(0, count) });
  }

  async read(offsetBytes: number, target: Uint8Array): Promise<number> {
    const count = Math.max(0, Math.min(target.length, (await this.readSize()) - offsetBytes));
    const part = count === 0 ? undefined : this.#find(offsetBytes, count);
    if (part === undefined) {
      return this.file.read(offsetBytes, target);
    }
    const start = offsetBytes - part.offsetBytes;
    target.set(part.bytes.subarray(start, start + count));
    return count;
  }

  /** Lets go of what was fetched; what is read from here on comes from the file. */
  release(): void {
    for (const { bytes } of this.#parts.splice(0)) {
      returnBytes(bytes);
    }
  }

  #find(
    offsetBytes: number,
    lengthBytes: number,
  ): { offsetBytes: number; bytes: Uint8Array } | undefined {
    return this.#parts.find(
      (part) =>
        offsetBytes >= part.offsetBytes &&
        offsetBytes + lengthBytes <= part.offsetBytes + part.bytes.length,
    );
  }
}
