import { corruptImage } from "./bytes";
import type { DiskImage, Extent } from "./disk-image";

/**
 * Reads what a machine would see that has the disk attached: each byte from the nearest image that holds it.
 *
 * @param images the leaf first, the base last
 * @param offsetBytes inside the leaf's virtual size
 * @param target filled completely; the window must end inside the virtual size
 * @throws CorruptImage, IoFailed
 */
export async function readContent(
  images: readonly DiskImage[],
  offsetBytes: number,
  target: Uint8Array,
): Promise<void> {
  const [image, ...ancestors] = images;
  if (image === undefined) {
    target.fill(0);
    return;
  }
  // A parent may be smaller than its child: what lies behind its end reads as zeros.
  const inside = Math.max(0, Math.min(target.length, image.properties.sizeBytes - offsetBytes));
  target.fill(0, inside);
  if (inside === 0) {
    return;
  }
  for await (const extent of image.readExtents(offsetBytes, inside)) {
    const start = extent.offsetBytes - offsetBytes;
    const part = target.subarray(start, start + extent.lengthBytes);
    await readExtent(image, ancestors, extent, part);
  }
}

async function readExtent(
  image: DiskImage,
  ancestors: readonly DiskImage[],
  extent: Extent,
  part: Uint8Array,
): Promise<void> {
  if (extent.kind === "zero") {
    part.fill(0);
  } else if (extent.kind === "absent") {
    await readContent(ancestors, extent.offsetBytes, part);
  } else if ((await image.file.read(extent.fileOffsetBytes, part)) < part.length) {
    throw corruptImage(image.file.name, "payload", extent.fileOffsetBytes, "the file ends inside it");
  }
}
