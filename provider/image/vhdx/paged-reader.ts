import { corruptImage } from "../bytes";
import type { ReadableFile } from "../random-access-file";

/** Reads a structure that is too large for memory, keeping the aligned page that was read last. */
export class PagedReader {
  #pageOffset = -1;
  #page = new Uint8Array();

  /**
   * @param structure what messages call what is read
   * @param pageLengthBytes a power of two
   */
  constructor(
    private readonly file: ReadableFile,
    private readonly structure: string,
    private readonly pageLengthBytes: number,
  ) {}

  /**
   * Reads bytes that are inside one aligned page.
   *
   * @returns a part of the page, not to be changed
   * @throws CorruptImage when the file ends inside them, IoFailed
   */
  async read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array> {
    const pageOffset = offsetBytes - (offsetBytes % this.pageLengthBytes);
    if (pageOffset !== this.#pageOffset) {
      this.#pageOffset = -1;
      const page = new Uint8Array(this.pageLengthBytes);
      this.#page = page.subarray(0, await this.file.read(pageOffset, page));
      this.#pageOffset = pageOffset;
    }
    const bytes = this.#page.subarray(
      offsetBytes - pageOffset,
      offsetBytes - pageOffset + lengthBytes,
    );
    if (bytes.length < lengthBytes) {
      throw corruptImage(this.file.name, this.structure, offsetBytes, "the file ends inside it");
    }
    return bytes;
  }
}
