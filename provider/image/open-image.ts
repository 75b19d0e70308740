import { DISK_FORMATS, listFormats } from "../disk/formats";
import { unsupportedImage } from "./bytes";
import type { DiskImage } from "./disk-image";
import { FILE_END_LENGTH_BYTES, type FileEnds, type FormatDriver } from "./driver";
import { FORMAT_DRIVERS } from "./formats";
import { OpeningFile } from "./opening-file";
import type { RandomAccessFile } from "./random-access-file";

const NO_BYTES = new Uint8Array();

/**
 * Opens and validates an image of any format, recognised by its content: extensions can be wrong.
 *
 * @param file is owned by the image from here on; it is closed when opening fails
 * @returns an image to be closed by the caller
 * @throws UnsupportedImage when it is of no known format or uses something unknown; CorruptImage,
 *   IoFailed
 */
export async function openImage(file: RandomAccessFile): Promise<DiskImage> {
  const opening = new OpeningFile(file);
  try {
    await opening.fetchHead();
    return await (await findDriver(opening)).open(file, opening);
  } catch (error) {
    await file.close();
    throw error;
  } finally {
    opening.release();
  }
}

/**
 * Most formats are recognised by their beginning alone, so that the end is looked at only where
 * none is.
 */
async function findDriver(opening: OpeningFile): Promise<FormatDriver> {
  const length = Math.min(FILE_END_LENGTH_BYTES, await opening.readSize());
  const [head, tail] = [new Uint8Array(length), new Uint8Array(length)];
  await opening.read(0, head);
  const byHead = recognise({ head, tail: NO_BYTES });
  if (byHead !== undefined) {
    return byHead;
  }
  await opening.fetch((await opening.readSize()) - length, length);
  await opening.read((await opening.readSize()) - length, tail);
  const byEnds = recognise({ head, tail });
  if (byEnds === undefined) {
    const names = listFormats().map((format) => DISK_FORMATS[format].name);
    throw unsupportedImage(
      opening.name,
      `this is not a disk image of a supported format (${names.join(", ")})`,
    );
  }
  return byEnds;
}

function recognise(ends: FileEnds): FormatDriver | undefined {
  return Object.values(FORMAT_DRIVERS).find((driver) => driver.recognise(ends));
}
