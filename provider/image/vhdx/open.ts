import type { DiskType } from "../../disk/disk";
import type { DiskImage, ImageProperties } from "../disk-image";
import { OpeningFile } from "../opening-file";
import type { RandomAccessFile } from "../random-access-file";
import { createExtentSource, readExtents } from "./extents";
import type { DiskParameters } from "./metadata";
import { type VhdxStructures, readVhdxStructures } from "./structures";

/**
 * Opens and validates a VHDX. A log that was not replayed is replayed in memory; the file is only
 * read.
 *
 * @param file is owned by the image from here on; it is closed when opening fails
 * @param opening a view of the file, where a part of it was fetched before
 * @returns an image to be closed by the caller
 * @throws CorruptImage; UnsupportedImage when it requires something this package does not know;
 *   IoFailed
 * @see [MS-VHDX]
 */
export async function openVhdx(
  file: RandomAccessFile,
  opening: OpeningFile = new OpeningFile(file),
): Promise<DiskImage> {
  try {
    const structures = await readVhdxStructures(file, opening);
    const source = createExtentSource(structures.table);
    return {
      properties: describeImage(structures),
      file: structures.table.file,
      readExtents: (offsetBytes, lengthBytes) => readExtents(source, offsetBytes, lengthBytes),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function describeImage({ identifier, current, metadata, parent }: VhdxStructures): ImageProperties {
  const { parameters } = metadata;
  return {
    format: "vhdx",
    type: typeOf(parameters),
    sizeBytes: parameters.sizeBytes,
    blockSizeBytes: parameters.blockSizeBytes,
    logicalSectorSizeBytes: parameters.logicalSectorSizeBytes,
    physicalSectorSizeBytes: parameters.physicalSectorSizeBytes,
    diskId: parameters.diskId,
    linkageId: current.header.dataWriteId,
    ...(identifier.creationId === undefined ? {} : { creationId: identifier.creationId }),
    ...(parent === undefined ? {} : { parentLocator: parent.locator }),
  };
}

function typeOf({ hasParent, leavesBlocksAllocated }: DiskParameters): DiskType {
  if (hasParent) {
    return "differencing";
  }
  return leavesBlocksAllocated ? "fixed" : "dynamic";
}
