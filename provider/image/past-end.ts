import type { DiskImage, Extent } from "./disk-image";

/**
 * Where each byte of a window comes from, also behind the end of an image: an ancestor may be
 * smaller than its descendants, and what is behind its end reads as zeros, whatever its own
 * ancestors hold there.
 *
 * @returns as `DiskImage.readExtents`
 * @throws CorruptImage, IoFailed
 */
export async function* readExtentsPastEnd(
  image: DiskImage,
  startBytes: number,
  endBytes: number,
): AsyncGenerator<readonly Extent[], void, undefined> {
  const insideEnd = Math.min(endBytes, Math.max(startBytes, image.properties.sizeBytes));
  if (insideEnd > startBytes) {
    yield* image.readExtents(startBytes, insideEnd - startBytes);
  }
  if (insideEnd < endBytes) {
    yield [{ kind: "zero", offsetBytes: insideEnd, lengthBytes: endBytes - insideEnd }];
  }
}
