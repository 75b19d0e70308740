import type { Extent } from "./disk-image";

/** How many extents travel together: enough to make waiting cheap, few enough to bound memory. */
const BATCH_EXTENT_COUNT = 1024;

/**
 * Collects what the bytes of a disk are, from one offset on without gaps, and merges neighbours of
 * one source: long runs of equal blocks cost a few numbers, however many they are.
 */
export class ExtentRuns {
  #completed: Extent[] = [];
  #kind: Extent["kind"] = "absent";
  #offsetBytes: number;
  #lengthBytes = 0;
  #fileOffsetBytes = 0;

  /** @param offsetBytes where the first run begins */
  constructor(offsetBytes: number) {
    this.#offsetBytes = offsetBytes;
  }

  /**
   * Goes on with `lengthBytes` bytes of a kind.
   *
   * @param fileOffsetBytes where they are in the file; without meaning unless the kind is `data`
   */
  append(kind: Extent["kind"], lengthBytes: number, fileOffsetBytes: number): void {
    const isAdjacent =
      kind !== "data" || fileOffsetBytes === this.#fileOffsetBytes + this.#lengthBytes;
    if (kind === this.#kind && isAdjacent) {
      this.#lengthBytes += lengthBytes;
      return;
    }
    this.#complete();
    this.#kind = kind;
    this.#lengthBytes = lengthBytes;
    this.#fileOffsetBytes = fileOffsetBytes;
  }

  /** Whether enough is completed that it should be taken. */
  get isFull(): boolean {
    return this.#completed.length >= BATCH_EXTENT_COUNT;
  }

  /** Hands out, once, the extents that nothing can be merged with any more. */
  takeCompleted(): Extent[] {
    const completed = this.#completed;
    this.#completed = [];
    return completed;
  }

  /** Hands out the rest. Nothing may be appended afterwards. */
  takeAll(): Extent[] {
    this.#complete();
    return this.takeCompleted();
  }

  #complete(): void {
    if (this.#lengthBytes === 0) {
      return;
    }
    const kind = this.#kind;
    const offsetBytes = this.#offsetBytes;
    const lengthBytes = this.#lengthBytes;
    this.#completed.push(
      kind === "data"
        ? { kind, offsetBytes, lengthBytes, fileOffsetBytes: this.#fileOffsetBytes }
        : { kind, offsetBytes, lengthBytes },
    );
    this.#offsetBytes += this.#lengthBytes;
    this.#lengthBytes = 0;
  }
}
