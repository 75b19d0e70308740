import { DiskError } from "../disk/errors";

/**
 * Proves that a window lies inside a disk.
 *
 * @param path of the image, for messages
 * @param sizeBytes the virtual size
 * @throws OutOfRange
 */
export function assertWindow(path: string, sizeBytes: number, offsetBytes: number, lengthBytes: number): void {
  const isWhole = Number.isSafeInteger(offsetBytes) && Number.isSafeInteger(lengthBytes);
  if (!isWhole || offsetBytes < 0 || lengthBytes < 0 || offsetBytes + lengthBytes > sizeBytes) {
    throw new DiskError("OutOfRange", {
      what: "the window does not lie inside the disk",
      subject: path,
      facts: { offsetBytes, lengthBytes, sizeBytes },
      remedy: "Ask for bytes between 0 and the size of the disk.",
    });
  }
}
