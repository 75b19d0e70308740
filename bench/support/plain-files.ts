import { open } from "node:fs/promises";

/**
 * Reads a part of a file from beginning to end, and does nothing with it: the least that anything can do that looks at
 * these bytes.
 *
 * @param pieceBytes how much is read at once
 */
export async function readPlainly(
  path: string,
  offsetBytes: number,
  lengthBytes: number,
  pieceBytes: number,
): Promise<void> {
  const file = await open(path);
  const piece = new Uint8Array(pieceBytes);
  for (let done = 0; done < lengthBytes; done += pieceBytes) {
    await file.read(piece, 0, Math.min(pieceBytes, lengthBytes - done), offsetBytes + done);
  }
  await file.close();
}

/**
 * Does something with each of `count` things, `AT_ONCE` of them at a time, as Pulumi does with resources.
 *
 * @param action is told the number of the thing, from 0 on
 */
export async function forEachAtOnce(count: number, action: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await action(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** How many resources Pulumi works on at a time on a machine with four processors. */
const AT_ONCE = 16;
