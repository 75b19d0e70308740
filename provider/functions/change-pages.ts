import type { ChangeStream } from "../disk/backend";
import { type ChangedRange, appendRange, endOf, sumLengthBytes } from "../disk/ranges";
import { serializePageToken } from "./page-token";

/**
 * Changed ranges of a disk: all of the window, or as much as `maxRanges` allows. Never silently
 * short.
 */
export interface GetVirtualDiskChangesResult {
  /** The full path of the disk. */
  readonly path: string;
  /** The virtual size of the disk. */
  readonly sizeBytes: number;
  /** The smallest unit that can be read or written, in which changes are told: 512 or 4096. */
  readonly sectorSizeBytes: number;
  /** Sorted, disjoint, merged where they touch, longer than 0, inside the window. */
  readonly ranges: readonly ChangedRange[];
  /** The number of `ranges`. */
  readonly rangeCount: number;
  /** The bytes that `ranges` cover. */
  readonly changedBytes: number;
  /** How far this answer reaches: all changes in so many bytes from its beginning are told. */
  readonly processedBytes: number;
  /** Whether the window is told to its end. */
  readonly complete: boolean;
  /** Present exactly when `complete` is false: pass it to get what follows. */
  readonly nextToken?: string;
}

/**
 * Cuts an answer under way into pages. A page ends where the next range begins that does not touch
 * its last one, so that no range is ever cut in two.
 *
 * @param stream an answer under way
 * @param maxRanges the most ranges of one page, at least 1
 * @param queryText what tokens are bound to
 */
export async function* readChangePages(
  stream: ChangeStream,
  maxRanges: number,
  queryText: string,
): AsyncGenerator<GetVirtualDiskChangesResult, void, undefined> {
  const windowEnd = endOf(stream.window);
  let pageStart = stream.window.offsetBytes;
  let ranges: ChangedRange[] = [];
  for await (const batch of stream.batches) {
    for (const range of batch.ranges) {
      appendRange(ranges, range);
      if (ranges.length > maxRanges) {
        const next = ranges.slice(maxRanges);
        const nextStart = next[0]?.offsetBytes ?? windowEnd;
        yield toPage(stream, ranges.slice(0, maxRanges), pageStart, nextStart, queryText);
        pageStart = nextStart;
        ranges = next;
      }
    }
  }
  yield toPage(stream, ranges, pageStart, windowEnd, queryText);
}

function toPage(
  stream: ChangeStream,
  ranges: readonly ChangedRange[],
  pageStart: number,
  pageEnd: number,
  queryText: string,
): GetVirtualDiskChangesResult {
  const windowEnd = endOf(stream.window);
  const rest = { offsetBytes: pageEnd, lengthBytes: windowEnd - pageEnd };
  const complete = rest.lengthBytes === 0;
  return {
    path: stream.path,
    sizeBytes: stream.sizeBytes,
    sectorSizeBytes: stream.sectorSizeBytes,
    ranges,
    rangeCount: ranges.length,
    changedBytes: sumLengthBytes(ranges),
    processedBytes: pageEnd - pageStart,
    complete,
    ...(complete
      ? {}
      : {
          nextToken: serializePageToken(
            { window: rest, fingerprint: stream.fingerprint },
            queryText,
          ),
        }),
  };
}
