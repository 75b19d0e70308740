import type { ChangeBatch } from "../disk/backend";
import { type ChangedRange, appendRange, endOf } from "../disk/ranges";
import type { DiskImage, Extent } from "./disk-image";
import { readExtentsPastEnd } from "./past-end";

/** How many ranges travel together: enough to make waiting cheap, few enough to bound memory. */
const BATCH_RANGE_COUNT = 1024;

/**
 * Finds the bytes in which a disk may differ from its baseline: the union of everything that the
 * images between the two hold, and of what the baseline has behind the end of a smaller image,
 * where the disk reads as zeros. A superset of the real differences, since an image may hold what
 * its parent holds as well.
 *
 * Memory is bounded by the number of images, whatever their size.
 *
 * @param images the leaf first; the last one is the child of the baseline
 * @param window inside the leaf's virtual size
 * @param baselineSizeBytes the virtual size of the baseline
 * @returns ranges over all batches are sorted, disjoint and merged where they touch
 * @throws CorruptImage, IoFailed
 */
export async function* readChanges(
  images: readonly DiskImage[],
  window: ChangedRange,
  baselineSizeBytes: number,
): AsyncGenerator<ChangeBatch, void, undefined> {
  const sources = images.map((image) => new HeldRanges(image, window, baselineSizeBytes));
  try {
    for (const source of sources) {
      await source.advance();
    }
    let ranges: ChangedRange[] = [];
    for (
      let source = findEarliest(sources);
      source?.next !== undefined;
      source = findEarliest(sources)
    ) {
      const { next } = source;
      appendRange(ranges, next);
      if (ranges.length > BATCH_RANGE_COUNT) {
        // The last one is kept back, since it may still grow.
        yield { ranges: ranges.slice(0, -1), processedToBytes: next.offsetBytes };
        ranges = [next];
      }
      if (!source.advanceInBatch()) {
        await source.advance();
      }
    }
    yield { ranges, processedToBytes: endOf(window) };
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
}

/** The source whose next range begins first; any of them when all have ended. */
function findEarliest(sources: readonly HeldRanges[]): HeldRanges | undefined {
  let earliest = sources[0];
  for (const source of sources) {
    if ((source.next?.offsetBytes ?? Infinity) < (earliest?.next?.offsetBytes ?? Infinity)) {
      earliest = source;
    }
  }
  return earliest;
}

/** What one image holds of a window, whether as bytes or as zeros: range after range. */
class HeldRanges {
  /** Where this source is; `undefined` before its first range and behind its last one. */
  next: ChangedRange | undefined;
  readonly #batches: AsyncGenerator<readonly Extent[], void, undefined>;
  #batch: readonly Extent[] = [];
  #index = 0;

  constructor(image: DiskImage, window: ChangedRange, baselineSizeBytes: number) {
    // Behind its end, an image hides what the baseline has there; where both have ended, nothing
    // can have changed.
    const end = Math.min(endOf(window), Math.max(image.properties.sizeBytes, baselineSizeBytes));
    this.#batches = readExtentsPastEnd(image, Math.min(window.offsetBytes, end), end);
  }

  /**
   * Goes on to the next range of the batch at hand, which needs no waiting: a large disk has
   * millions of ranges.
   *
   * @returns false when there is none; {@link advance} is to be called then
   */
  advanceInBatch(): boolean {
    for (; this.#index < this.#batch.length; this.#index += 1) {
      const extent = this.#batch[this.#index];
      if (extent !== undefined && extent.kind !== "absent") {
        this.next = { offsetBytes: extent.offsetBytes, lengthBytes: extent.lengthBytes };
        this.#index += 1;
        return true;
      }
    }
    return false;
  }

  /** Goes on to the next range of the image. */
  async advance(): Promise<void> {
    while (!this.advanceInBatch()) {
      const result = await this.#batches.next();
      if (result.done === true) {
        this.next = undefined;
        return;
      }
      this.#batch = result.value;
      this.#index = 0;
    }
  }

  async close(): Promise<void> {
    await this.#batches.return();
  }
}
