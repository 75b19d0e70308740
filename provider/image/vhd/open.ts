import { FILE_SECTOR_SIZE_BYTES } from "../bytes";
import type { DiskImage, Extent, ImageProperties } from "../disk-image";
import { OpeningFile } from "../opening-file";
import type { RandomAccessFile } from "../random-access-file";
import { readExtents } from "./extents";
import { type VhdStructures, readStructures } from "./structures";

/**
 * Opens and validates a VHD: fixed, dynamic or differencing.
 *
 * Start reading here. structures.ts puts together what the files for single structures read:
 * footer.ts and read-footer.ts, dynamic-header.ts, parent-locator.ts, block-allocation-table.ts and
 * sector-bitmap.ts. create.ts and set-parent.ts write.
 *
 * @param file is owned by the image from here on; it is closed when opening fails
 * @param opening a view of the file, where a part of it was fetched before
 * @returns an image to be closed by the caller
 * @throws CorruptImage when a structure is damaged or contradicts another one; UnsupportedImage
 *   when it is no VHD or uses something unknown; IoFailed
 * @see Virtual Hard Disk Image Format Specification, version 1.0
 */
export async function openVhd(
  file: RandomAccessFile,
  opening: OpeningFile = new OpeningFile(file),
): Promise<DiskImage> {
  try {
    return new VhdImage(file, await readStructures(file, opening));
  } catch (error) {
    await file.close();
    throw error;
  }
}

class VhdImage implements DiskImage {
  readonly properties: ImageProperties;
  readonly #structures: VhdStructures;

  constructor(
    readonly file: RandomAccessFile,
    structures: VhdStructures,
  ) {
    this.#structures = structures;
    this.properties = describeImage(structures);
  }

  readExtents(
    offsetBytes: number,
    lengthBytes: number,
  ): AsyncGenerator<readonly Extent[], void, undefined> {
    return readExtents(this.file.name, this.#structures, offsetBytes, lengthBytes);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function describeImage({ current, sparse }: VhdStructures): ImageProperties {
  const { type, sizeBytes, uniqueId } = current.footer;
  const parent = sparse?.header.parent;
  return {
    format: "vhd",
    type,
    sizeBytes,
    blockSizeBytes: sparse?.header.blockSizeBytes ?? 0,
    logicalSectorSizeBytes: FILE_SECTOR_SIZE_BYTES,
    physicalSectorSizeBytes: FILE_SECTOR_SIZE_BYTES,
    diskId: uniqueId,
    linkageId: uniqueId,
    ...(parent === undefined || sparse === undefined
      ? {}
      : { parentLocator: { linkageIds: [parent.uniqueId], ...sparse.parentPaths } }),
  };
}
