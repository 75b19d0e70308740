import { openFile } from "./disk-files";

/**
 * Tells how many bytes of content an image itself holds.
 *
 * @throws the codes of `openImage`
 */
export async function measureContent(path: string): Promise<number> {
  const image = await openFile(path);
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
