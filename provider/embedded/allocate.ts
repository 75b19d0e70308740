import type { RandomAccessFile } from "../image/random-access-file";
import { openImage } from "../image/open-image";
import type { Extent } from "../image/disk-image";
import { withoutClosing } from "../image/without-closing";

/** How much is written at once. */
const TURN_LENGTH_BYTES = 8 * 1024 * 1024;

/** How much is written between two messages about the progress. */
const PROGRESS_STEP_BYTES = 16 * 1024 ** 3;

/**
 * Makes the volume set aside the space that a fixed disk promises, by writing zeros to all that the
 * disk holds from an offset on. Whoever writes to the disk later then never meets a full volume.
 *
 * @param file a fixed image whose content from the offset on was never written; it stays open
 * @param offsetBytes of the virtual disk
 * @throws IoFailed when the volume is full
 */
export async function allocateContent(file: RandomAccessFile, offsetBytes = 0): Promise<void> {
  const image = await openImage(withoutClosing(file));
  const { sizeBytes } = image.properties;
  const zeros = new Uint8Array(TURN_LENGTH_BYTES);
  let written = 0;
  for await (const extents of image.readExtents(offsetBytes, sizeBytes - offsetBytes)) {
    for (const extent of extents) {
      await fillExtent(file, extent, zeros);
      written = reportProgress(file.name, written, extent.lengthBytes, sizeBytes - offsetBytes);
    }
  }
}

async function fillExtent(
  file: RandomAccessFile,
  extent: Extent,
  zeros: Uint8Array,
): Promise<void> {
  if (extent.kind !== "data") {
    return;
  }
  for (let done = 0; done < extent.lengthBytes; done += zeros.length) {
    const length = Math.min(zeros.length, extent.lengthBytes - done);
    await file.write(extent.fileOffsetBytes + done, zeros.subarray(0, length));
  }
}

/** Pulumi shows what a provider prints. */
function reportProgress(
  name: string,
  before: number,
  lengthBytes: number,
  totalBytes: number,
): number {
  const now = before + lengthBytes;
  if (Math.floor(now / PROGRESS_STEP_BYTES) > Math.floor(before / PROGRESS_STEP_BYTES)) {
    process.stdout.write(
      `writing the fixed disk ${name}: ${Math.floor((now / totalBytes) * 100)}%\n`,
    );
  }
  return now;
}
