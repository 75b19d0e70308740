import { type ChangedRange, appendRange } from "../../provider/disk/ranges";
import { readContent } from "../../provider/image/content";
import type { DiskImage, Extent } from "../../provider/image/disk-image";

/**
 * Everything a machine would see; only for disks that fit into memory. @param images the leaf
 * first, the base last
 */
export async function readAllContent(...images: readonly DiskImage[]): Promise<Uint8Array> {
  const bytes = new Uint8Array(images[0]?.properties.sizeBytes ?? 0);
  await readContent(images, 0, bytes);
  return bytes;
}

/** Where each byte of a window comes from; by default of the whole disk. */
export async function collectExtents(
  image: DiskImage,
  offsetBytes = 0,
  lengthBytes = image.properties.sizeBytes - offsetBytes,
): Promise<Extent[]> {
  const extents: Extent[] = [];
  for await (const batch of image.readExtents(offsetBytes, lengthBytes)) {
    extents.push(...batch);
  }
  return extents;
}

/** The ranges that an image holds as data, merged where they touch. */
export async function collectDataRanges(image: DiskImage): Promise<ChangedRange[]> {
  const ranges: ChangedRange[] = [];
  for (const { kind, offsetBytes, lengthBytes } of await collectExtents(image)) {
    if (kind === "data") {
      appendRange(ranges, { offsetBytes, lengthBytes });
    }
  }
  return ranges;
}
