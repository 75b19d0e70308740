import { KIB, MIB, corruptImage } from "./bytes";
import type { ReadableFile } from "./random-access-file";

/**
 * Parts no further apart are read together with what is between them: reading that costs less than
 * another request.
 */
const MAX_GAP_BYTES = 64 * KIB;

/** The most that is read together: a bound on memory. */
const MAX_SPAN_BYTES = MIB;

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
  const [only] = group;
  if (group.length === 1 && only !== undefined) {
    assertRead(file, only, await file.read(only.fileOffsetBytes, only.target));
  } else {
    await readTogether(file, group);
  }
}

function groupNeighbours(parts: readonly PayloadPart[]): PayloadPart[][] {
  const groups: PayloadPart[][] = [];
  let start = 0;
  let end = -Infinity;
  for (const part of parts) {
    const { fileOffsetBytes } = part;
    const isNear = fileOffsetBytes >= end && fileOffsetBytes - end <= MAX_GAP_BYTES;
    const isShort = fileOffsetBytes + part.target.length - start <= MAX_SPAN_BYTES;
    if (isNear && isShort) {
      groups.at(-1)?.push(part);
    } else {
      groups.push([part]);
      start = fileOffsetBytes;
    }
    end = fileOffsetBytes + part.target.length;
  }
  return groups;
}

async function readTogether(file: ReadableFile, group: readonly PayloadPart[]): Promise<void> {
  const start = group[0]?.fileOffsetBytes ?? 0;
  const last = group.at(-1);
  const end = last === undefined ? start : last.fileOffsetBytes + last.target.length;
  const scratch = scratches.pop() ?? new Uint8Array(MAX_SPAN_BYTES);
  const count = await file.read(start, scratch.subarray(0, end - start));
  for (const part of group) {
    const from = part.fileOffsetBytes - start;
    assertRead(file, part, count - from);
    part.target.set(scratch.subarray(from, from + part.target.length));
  }
  if (scratches.length < MAX_SCRATCH_COUNT) {
    scratches.push(scratch);
  }
}

function assertRead(file: ReadableFile, part: PayloadPart, count: number): void {
  if (count < part.target.length) {
    throw corruptImage(file.name, "payload", part.fileOffsetBytes, "the file ends inside it");
  }
}
