import { DISK_FORMATS, listFormats } from "../disk/formats";
import { unsupportedImage } from "./bytes";
import type { DiskImage } from "./disk-image";
import { FILE_END_LENGTH_BYTES, type FileEnds, type FormatDriver } from "./driver";
import { FORMAT_DRIVERS } from "./formats";
import type { RandomAccessFile } from "./random-access-file";

/**
 * Opens and validates an image of any format, recognised by its content: extensions can be wrong.
 *
 * @param file is owned by the image from here on; it is closed when opening fails
 * @returns an image to be closed by the caller
 * @throws UnsupportedImage when it is of no known format or uses something unknown; CorruptImage, IoFailed
 */
export async function openImage(file: RandomAccessFile): Promise<DiskImage> {
  try {
    return await (await findDriver(file)).open(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function findDriver(file: RandomAccessFile): Promise<FormatDriver> {
  const ends = await readEnds(file);
  const driver = Object.values(FORMAT_DRIVERS).find((candidate) => candidate.recognise(ends));
  if (driver === undefined) {
    const names = listFormats().map((format) => DISK_FORMATS[format].name);
    throw unsupportedImage(file.name, `this is not a disk image of a known format (${names.join(", ")})`);
  }
  return driver;
}

async function readEnds(file: RandomAccessFile): Promise<FileEnds> {
  const length = Math.min(FILE_END_LENGTH_BYTES, await file.readSize());
  const [head, tail] = [new Uint8Array(length), new Uint8Array(length)];
  await file.read(0, head);
  await file.read((await file.readSize()) - length, tail);
  return { head, tail };
}
