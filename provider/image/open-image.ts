import { unsupportedImage } from "./bytes";
import type { DiskImage } from "./disk-image";
import type { RandomAccessFile } from "./random-access-file";
import { openVhd } from "./vhd/open";
import { openVhdx } from "./vhdx/open";

const VHDX_SIGNATURE = "vhdxfile";
const VHD_COOKIE = "conectix";
const FOOTER_SIZE_BYTES = 512;

/**
 * Opens and validates an image of either format, told apart by content: extensions lie.
 *
 * @param file is owned by the image from here on; it is closed when opening fails
 * @returns an image to be closed by the caller
 * @throws UnsupportedImage when it is neither VHD nor VHDX or uses something unknown; CorruptImage, IoFailed
 */
export async function openImage(file: RandomAccessFile): Promise<DiskImage> {
  try {
    return (await readTag(file, 0)) === VHDX_SIGNATURE ? await openVhdx(file) : await openVhdIfRecognised(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A fixed VHD has its cookie only at the end, in a footer of 512 bytes, or 511 where an early Virtual PC wrote it. */
async function openVhdIfRecognised(file: RandomAccessFile): Promise<DiskImage> {
  const sizeBytes = await file.readSize();
  for (const offsetBytes of [0, sizeBytes - FOOTER_SIZE_BYTES, sizeBytes - FOOTER_SIZE_BYTES + 1]) {
    if (offsetBytes >= 0 && (await readTag(file, offsetBytes)) === VHD_COOKIE) {
      return openVhd(file);
    }
  }
  throw unsupportedImage(file.name, `this is neither a VHD nor a VHDX image (${sizeBytes} bytes, no signature)`);
}

async function readTag(file: RandomAccessFile, offsetBytes: number): Promise<string> {
  const tag = new Uint8Array(8);
  await file.read(offsetBytes, tag);
  return Buffer.from(tag).toString("latin1");
}
