import { DiskError } from "../disk/errors";
import type { RandomAccessFile } from "./random-access-file";

/**
 * Proves that a new image would overwrite nothing.
 *
 * @throws AlreadyExists, IoFailed
 */
export async function assertEmpty(file: RandomAccessFile): Promise<void> {
  const fileSizeBytes = await file.readSize();
  if (fileSizeBytes > 0) {
    throw new DiskError("AlreadyExists", {
      what: "there is a file with content where a new image should be written",
      subject: file.name,
      facts: { fileSizeBytes },
      remedy: "Nothing was overwritten. Choose another path, or move the existing file away.",
    });
  }
}
