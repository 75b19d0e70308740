import { GIB, MIB, TIB, unsupportedImage } from "../bytes";
import type { ReadableFile } from "../random-access-file";

/**
 * Twice the largest virtual disk: what is larger is no image that any software makes, and would
 * cost memory.
 */
const MAX_FILE_SIZE_BYTES = 128 * TIB;

const BITS = 32;

/**
 * Which mebibytes of a file are taken. Everything in a VHDX behind the header section is aligned to
 * 1 MiB, so one bit for each says whether two structures overlap: 128 KiB of memory for a file of 1
 * TiB.
 *
 * @see [MS-VHDX] 2.2.3.2, 2.5.1
 */
export class SpaceMap {
  readonly #words: Uint32Array;
  /** The size of the file, rounded up to whole mebibytes. */
  readonly #countMib: number;
  #endMib = 0;

  private constructor(countMib: number) {
    this.#countMib = countMib;
    this.#words = new Uint32Array(Math.ceil(countMib / BITS));
  }

  /**
   * An empty map of a file.
   *
   * @throws UnsupportedImage when the file is larger than 128 TiB
   */
  static async of(file: ReadableFile): Promise<SpaceMap> {
    const sizeBytes = await file.readSize();
    if (sizeBytes > MAX_FILE_SIZE_BYTES) {
      const size = `${Math.floor(sizeBytes / GIB)} GiB`;
      throw unsupportedImage(
        file.name,
        `the file has ${size}, more than the ${MAX_FILE_SIZE_BYTES / GIB} GiB supported`,
      );
    }
    return new SpaceMap(Math.ceil(sizeBytes / MIB));
  }

  /** The first byte behind everything that is taken. */
  get endBytes(): number {
    return this.#endMib * MIB;
  }

  /**
   * Takes a run of mebibytes.
   *
   * @returns false, and nothing is taken, where a part is taken already; what is behind the end of
   *   the file is not looked at
   */
  claim(startMib: number, countMib: number): boolean {
    const endMib = Math.min(startMib + countMib, this.#countMib);
    for (let at = startMib; at < endMib; at = nextWord(at)) {
      if (((this.#words[Math.floor(at / BITS)] ?? 0) & maskOf(at, endMib)) !== 0) {
        return false;
      }
    }
    for (let at = startMib; at < endMib; at = nextWord(at)) {
      const word = Math.floor(at / BITS);
      this.#words[word] = (this.#words[word] ?? 0) | maskOf(at, endMib);
    }
    this.#endMib = Math.max(this.#endMib, startMib + countMib);
    return true;
  }

  /**
   * Takes a run of mebibytes behind the end of the file, unless it is behind the end of every file.
   */
  reserve(startMib: number, countMib: number): void {
    if ((startMib + countMib) * MIB <= MAX_FILE_SIZE_BYTES) {
      this.#endMib = Math.max(this.#endMib, Math.ceil(startMib + countMib));
    }
  }
}

/** The first bit of the next word. */
function nextWord(at: number): number {
  return (Math.floor(at / BITS) + 1) * BITS;
}

/** The bits of the word of `at` that are in `[at, end)`. */
function maskOf(at: number, end: number): number {
  const first = at % BITS;
  const count = Math.min(end - at, BITS - first);
  return (count === BITS ? 0xffffffff : (1 << count) - 1) << first;
}
