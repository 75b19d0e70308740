/**
 * Disks by the package's own doors, as Pulumi's provider server and as programs use them. Nothing
 * in bench/ reaches behind these doors, so that a benchmark measures what a user gets.
 */
import * as vhd from "pulumi-vhd";
import { differencingDisk, virtualDisk } from "pulumi-vhd/provider";

export const KIB = 1024;
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;
export const TIB = 1024 ** 4;

/** How many steps are under way at once, as the titles of the rows say. */
const AT_ONCE = 8;

/** A disk as a stack records it. */
export interface RecordedDisk {
  readonly id: string;
  readonly properties: Record<string, unknown>;
}

/** Checks and makes a disk without a parent. */
export async function createBase(
  path: string,
  sizeBytes: number,
  blockSizeBytes?: number,
): Promise<RecordedDisk> {
  const { inputs } = await virtualDisk.check(
    {},
    { path, sizeBytes, type: "dynamic", blockSizeBytes },
  );
  return record(await virtualDisk.create(inputs));
}

/** Checks and makes a child. */
export async function createChild(path: string, parentPath: string): Promise<RecordedDisk> {
  return createChecked(await checkChild(path, parentPath));
}

/** Checks and makes many children of one parent. @param pathOf is given 0, 1 and so on */
export function createChildren(
  count: number,
  parentPath: string,
  pathOf: (index: number) => string,
): Promise<RecordedDisk[]> {
  return forEachAtOnce(count, (index) => createChild(pathOf(index), parentPath));
}

/** Checks the inputs of a child. */
export async function checkChild(
  path: string,
  parentPath: string,
): Promise<Record<string, unknown>> {
  return (await differencingDisk.check({}, { path, parentPath })).inputs;
}

/** Makes a child whose inputs were checked. */
export async function createChecked(inputs: Record<string, unknown>): Promise<RecordedDisk> {
  return record(await differencingDisk.create(inputs));
}

/** Observes a child, as a refresh does. */
export async function readChild({ id, properties }: RecordedDisk): Promise<void> {
  await differencingDisk.read(id, properties);
}

/** Deletes a child, with every proof. */
export async function deleteChild({ id, properties }: RecordedDisk): Promise<void> {
  await differencingDisk.delete(id, properties);
}

/** Counts the ranges that a disk holds itself, page after page, and keeps none. */
export async function countRanges(path: string): Promise<number> {
  let rangeCount = 0;
  for await (const page of vhd.iterateVirtualDiskChanges({ path })) {
    rangeCount += page.rangeCount;
  }
  return rangeCount;
}

/** Reads all of a disk in order, and keeps nothing. */
export async function streamDisk(path: string): Promise<void> {
  const disk = await vhd.openVirtualDisk(path);
  for await (const chunk of disk.stream({ reuseChunks: true })) {
    void chunk;
  }
  await disk.close();
}

function record({ id, outs }: { id: string; outs: Record<string, unknown> }): RecordedDisk {
  return { id, properties: outs };
}

/**
 * Does something `count` times, {@link AT_ONCE} at a time.
 *
 * @param action is given the number of the turn, from 0 on
 * @returns what the turns returned, in their order
 */
export async function forEachAtOnce<Result>(
  count: number,
  action: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await action(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
