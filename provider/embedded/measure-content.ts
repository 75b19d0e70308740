import type { VirtualDiskInfo } from "../disk/disk";
import { readContent } from "../image/content";
import { openFile } from "./disk-files";

/** How much of a fixed disk is compared with zeros at once. */
const PIECE_LENGTH_BYTES = 1024 * 1024;

/**
 * Tells whether a disk holds nothing itself: no data, or nothing but zeros where all its blocks are
 * allocated from the beginning.
 *
 * @throws the codes of `openImage`
 */
export async function isBlank({ path, type }: VirtualDiskInfo): Promise<boolean> {
  return type === "fixed" ? holdsZeros(path) : (await measureContent(path)) === 0;
}

async function holdsZeros(path: string): Promise<boolean> {
  const image = await openFile(path, "content");
  try {
    const { sizeBytes } = image.properties;
    const zeros = Buffer.alloc(PIECE_LENGTH_BYTES);
    const memory = Buffer.alloc(PIECE_LENGTH_BYTES);
    for (let offset = 0; offset < sizeBytes; offset += PIECE_LENGTH_BYTES) {
      const piece = memory.subarray(0, Math.min(PIECE_LENGTH_BYTES, sizeBytes - offset));
      await readContent([image], offset, piece);
      if (!zeros.subarray(0, piece.length).equals(piece)) {
        return false;
      }
    }
    return true;
  } finally {
    await image.close();
  }
}

/**
 * Tells how many bytes of content an image itself holds.
 *
 * @throws the codes of `openImage`
 */
export async function measureContent(path: string): Promise<number> {
  const image = await openFile(path, "ranges");
  try {
    let totalBytes = 0;
    for await (const extents of image.readExtents(0, image.properties.sizeBytes)) {
      for (const extent of extents) {
        totalBytes += extent.kind === "data" ? extent.lengthBytes : 0;
      }
    }
    return totalBytes;
  } finally {
    await image.close();
  }
}
