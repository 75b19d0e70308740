import type { LogUpdate } from "./log";

/** A part of the file that the log changes, and the one update that counts there. */
export interface MergedPart {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly update: LogUpdate;
}

/**
 * What the updates of a log come to: for each byte the last update that changes it. Merged once, so
 * that a read costs the same however often the log changes a sector.
 */
export class MergedUpdates {
  readonly #parts: readonly MergedPart[];

  /** @param updates in the order in which they take effect */
  constructor(updates: readonly LogUpdate[]) {
    this.#parts = merge(updates);
  }

  /** The parts that overlap `[startBytes, endBytes)`, cut to it, in order. */
  *findOverlaps(startBytes: number, endBytes: number): Generator<MergedPart, void, undefined> {
    for (let index = this.#findFirst(startBytes); index < this.#parts.length; index += 1) {
      const part = this.#parts[index];
      if (part === undefined || part.offsetBytes >= endBytes || startBytes >= endBytes) {
        return;
      }
      const offsetBytes = Math.max(part.offsetBytes, startBytes);
      const partEnd = Math.min(part.offsetBytes + part.lengthBytes, endBytes);
      yield { offsetBytes, lengthBytes: partEnd - offsetBytes, update: part.update };
    }
  }

  /** The index of the first part that ends behind an offset. */
  #findFirst(offsetBytes: number): number {
    let [low, high] = [0, this.#parts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const part = this.#parts[middle];
      if (part !== undefined && part.offsetBytes + part.lengthBytes <= offsetBytes) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

/**
 * Cuts the file where an update begins or ends, and gives the pieces to the updates, the newest
 * first. A piece that is taken points to the next one that may be free, so that no piece is looked
 * at often.
 */
function merge(updates: readonly LogUpdate[]): MergedPart[] {
  const cuts = listCuts(updates);
  const indexOfCut = new Map([...cuts].map((offsetBytes, index) => [offsetBytes, index]));
  const nextFree = Uint32Array.from({ length: cuts.length + 1 }, (_, index) => index);
  const owners: (LogUpdate | undefined)[] = Array.from({ length: cuts.length });
  for (const update of updates.toReversed()) {
    const end = indexOfCut.get(update.offsetBytes + update.lengthBytes) ?? 0;
    let piece = findFree(nextFree, indexOfCut.get(update.offsetBytes) ?? 0);
    while (piece < end) {
      owners[piece] = update;
      nextFree[piece] = piece + 1;
      piece = findFree(nextFree, piece);
    }
  }
  return joinPieces(cuts, owners);
}

function listCuts(updates: readonly LogUpdate[]): Float64Array {
  const ends = updates.flatMap(({ offsetBytes, lengthBytes }) => [
    offsetBytes,
    offsetBytes + lengthBytes,
  ]);
  return Float64Array.from(new Set(ends)).toSorted();
}

/** The first free piece from one on; shortens the way there for the next time. */
function findFree(nextFree: Uint32Array, piece: number): number {
  let at = piece;
  while (nextFree[at] !== at) {
    const next = nextFree[at] ?? at;
    nextFree[at] = nextFree[next] ?? next;
    at = next;
  }
  return at;
}

/** Pieces of one update that touch become one part again. */
function joinPieces(cuts: Float64Array, owners: readonly (LogUpdate | undefined)[]): MergedPart[] {
  const parts: MergedPart[] = [];
  let start = 0;
  for (let index = 0; index < owners.length; index += 1) {
    const update = owners[index];
    if (index === 0 || update !== owners[index - 1]) {
      start = cuts[index] ?? 0;
    }
    if (update !== undefined && update !== owners[index + 1]) {
      parts.push({ offsetBytes: start, lengthBytes: (cuts[index + 1] ?? 0) - start, update });
    }
  }
  return parts;
}
