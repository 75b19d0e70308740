import type { ChangeBatch } from "../disk/backend";
import { type ChangedRange, endOf } from "../disk/ranges";
import type { DiskImage } from "./disk-image";

/** How many ranges travel together: enough to make waiting cheap, little enough to bound memory. */
const BATCH_RANGE_COUNT = 1024;

/**
 * Tells which bytes a disk may have other than its baseline: the union of everything that the images between the two
 * hold. A superset of the real differences, since an image may hold what its parent holds as well.
 *
 * Memory is bounded by the number of images, whatever their size.
 *
 * @param images the leaf first; the last one is the child of the baseline
 * @param window inside the leaf's virtual size
 * @returns ranges over all batches are sorted, disjoint and merged where they touch
 * @throws CorruptImage, IoFailed
 */
export async function* readChanges(
  images: readonly DiskImage[],
  window: ChangedRange,
): AsyncGenerator<ChangeBatch, void, undefined> {
  let ranges: ChangedRange[] = [];
  for await (const range of mergeHeldRanges(images, window)) {
    ranges.push(range);
    if (ranges.length === BATCH_RANGE_COUNT) {
      yield { ranges, processedToBytes: endOf(range) };
      ranges = [];
    }
  }
  yield { ranges, processedToBytes: endOf(window) };
}

/** A sorted source of ranges and the one that comes next from it. */
interface Source {
  readonly ranges: AsyncGenerator<ChangedRange, void, undefined>;
  next: ChangedRange;
}

/** Merges the ranges of several images, each sorted, into one sorted and disjoint sequence. */
async function* mergeHeldRanges(
  images: readonly DiskImage[],
  window: ChangedRange,
): AsyncGenerator<ChangedRange, void, undefined> {
  const generators = images.map((image) => readHeldRanges(image, window));
  try {
    let sources = await startSources(generators);
    let current: ChangedRange | undefined;
    while (sources.length > 0) {
      const first = sources.reduce((least, source) =>
        source.next.offsetBytes < least.next.offsetBytes ? source : least,
      );
      const range = first.next;
      if (current === undefined) {
        current = range;
      } else if (range.offsetBytes > endOf(current)) {
        yield current;
        current = range;
      } else {
        const end = Math.max(endOf(current), endOf(range));
        current = { offsetBytes: current.offsetBytes, lengthBytes: end - current.offsetBytes };
      }
      if (!(await advance(first))) {
        sources = sources.filter((source) => source !== first);
      }
    }
    if (current !== undefined) {
      yield current;
    }
  } finally {
    await Promise.all(generators.map((generator) => generator.return()));
  }
}

async function startSources(generators: readonly AsyncGenerator<ChangedRange, void, undefined>[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const ranges of generators) {
    const first = await ranges.next();
    if (first.done !== true) {
      sources.push({ ranges, next: first.value });
    }
  }
  return sources;
}

async function advance(source: Source): Promise<boolean> {
  const result = await source.ranges.next();
  if (result.done === true) {
    return false;
  }
  source.next = result.value;
  return true;
}

/** What one image holds of the window, whether as bytes or as zeros. */
async function* readHeldRanges(image: DiskImage, window: ChangedRange): AsyncGenerator<ChangedRange, void, undefined> {
  // An ancestor may be smaller than the leaf; behind its end it holds nothing.
  const end = Math.min(endOf(window), image.properties.sizeBytes);
  if (end <= window.offsetBytes) {
    return;
  }
  for await (const extent of image.readExtents(window.offsetBytes, end - window.offsetBytes)) {
    if (extent.kind !== "absent") {
      yield { offsetBytes: extent.offsetBytes, lengthBytes: extent.lengthBytes };
    }
  }
}
