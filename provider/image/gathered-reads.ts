import { KIB, MIB, corruptImage } from "./bytes";
import type { ReadableFile } from "./random-access-file";

/**
 * Parts no further apart are read together with what is between them: reading that costs less than
 * another request.
 */
const MAX_GAP_BYTES = 64 * KIB;

/** The most that is read together: a bound on memory. */
const MAX_SPAN_BYTES = MIB;

/** So many parts, with as many gaps, are what systems take in one request. */
const MAX_PART_COUNT = 512;

/** Where the bytes between parts go. Several requests may fill it at once; nobody looks at it. */
const waste = new Uint8Array(MAX_GAP_BYTES);

/**
 * Memory that is used again: the system takes longer to provide new memory than to read into it.
 */
const scratches: Uint8Array[] = [];
const MAX_SCRATCH_COUNT = 8;

/** A part of the payload of a file, and where its bytes belong. */
export interface PayloadPart {
  readonly fileOffsetBytes: number;
  /** Filled completely. */
  readonly target: Uint8Array;
}

/**
 * Reads many parts of a file with few requests.
 *
 * @param parts in the order in which they are in the file, as far as that is easy
 * @throws CorruptImage when the file ends inside one, IoFailed
 */
export async function readPayload(
  file: ReadableFile,
  parts: readonly PayloadPart[],
): Promise<void> {
  await Promise.all(groupNeighbours(parts).map((group) => readGroup(file, group)));
}

async function readGroup(file: ReadableFile, group: readonly PayloadPart[]): Promise<void> {
  const [first] = group;
  if (first === undefined) {
    return;
  }
  const start = first.fileOffsetBytes;
  if (group.length === 1) {
    assertRead(file, group, start, await file.read(start, first.target));
  } else if (file.readEach === undefined) {
    await readThroughScratch(file, group, start);
  } else {
    assertRead(file, group, start, await file.readEach(start, fillGaps(group, start)));
  }
}

function groupNeighbours(parts: readonly PayloadPart[]): PayloadPart[][] {
  const groups: PayloadPart[][] = [];
  let group: PayloadPart[] = [];
  let start = 0;
  let end = -Infinity;
  for (const part of parts) {
    const { fileOffsetBytes } = part;
    const isNear = fileOffsetBytes >= end && fileOffsetBytes - end <= MAX_GAP_BYTES;
    const isShort = fileOffsetBytes + part.target.length - start <= MAX_SPAN_BYTES;
    if (isNear && isShort && group.length < MAX_PART_COUNT) {
      group.push(part);
    } else {
      group = [part];
      groups.push(group);
      start = fileOffsetBytes;
    }
    end = fileOffsetBytes + part.target.length;
  }
  return groups;
}

/** The targets of neighbouring parts, and between them something for the bytes between them. */
function fillGaps(group: readonly PayloadPart[], start: number): Uint8Array[] {
  const targets: Uint8Array[] = [];
  // In turns, one gap is as long as the next.
  let gap = waste;
  let end = start;
  for (const { fileOffsetBytes, target } of group) {
    const gapBytes = fileOffsetBytes - end;
    if (gapBytes > 0) {
      gap = gap.length === gapBytes ? gap : waste.subarray(0, gapBytes);
      targets.push(gap);
    }
    targets.push(target);
    end = fileOffsetBytes + target.length;
  }
  return targets;
}

async function readThroughScratch(
  file: ReadableFile,
  group: readonly PayloadPart[],
  start: number,
): Promise<void> {
  const last = group.at(-1);
  const end = last === undefined ? start : last.fileOffsetBytes + last.target.length;
  const scratch = scratches.pop() ?? new Uint8Array(MAX_SPAN_BYTES);
  assertRead(file, group, start, await file.read(start, scratch.subarray(0, end - start)));
  for (const { fileOffsetBytes, target } of group) {
    const from = fileOffsetBytes - start;
    target.set(scratch.subarray(from, from + target.length));
  }
  if (scratches.length < MAX_SCRATCH_COUNT) {
    scratches.push(scratch);
  }
}

/** @param count how many bytes there were from `start` on */
function assertRead(
  file: ReadableFile,
  group: readonly PayloadPart[],
  start: number,
  count: number,
): void {
  for (const { fileOffsetBytes, target } of group) {
    if (fileOffsetBytes + target.length > start + count) {
      throw corruptImage(file.name, "payload", fileOffsetBytes, "the file ends inside it");
    }
  }
}
