import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { MIB } from "./disks";

/**
 * Reads a part of a file from beginning to end, and does nothing with it: the least that anything
 * can do that looks at these bytes.
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

/** Writes a file of random bytes. @param sizeBytes a multiple of 1 MiB */
export async function writePlainly(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, "wx");
  for (let done = 0; done < sizeBytes; done += MIB) {
    await file.write(randomBytes(MIB), 0, MIB, done);
  }
  await file.close();
}
