import { corruptImage, unsupportedImage } from "../bytes";
import type { ReadableFile } from "../random-access-file";
import {
  FOOTER_SIZE_BYTES,
  type VhdFooter,
  describeFooterProblem,
  hasFooterCookie,
  parseFooter,
} from "./footer";

/** Where the copy of the footer of a dynamic or differencing disk is. */
export const FOOTER_COPY_OFFSET_BYTES = 0;

/**
 * The length of the footer that Virtual PC before 2004 wrote: the last reserved byte is missing.
 */
const SHORT_FOOTER_SIZE_BYTES = 511;

/** All lengths of a footer at the end of a file, the usual one first. */
export const FOOTER_LENGTHS_BYTES = [FOOTER_SIZE_BYTES, SHORT_FOOTER_SIZE_BYTES] as const;

/** The footer in effect. */
export interface CurrentFooter {
  readonly footer: VhdFooter;
  /** As it is in the file, brought to 512 bytes. */
  readonly bytes: Uint8Array;
  /**
   * The first byte that does not belong to the disk: where the footer begins, or the end of a file
   * that lost it.
   */
  readonly endOfDataBytes: number;
  /** Whether the footer and its copy are at both their places and are the same, byte for byte. */
  readonly isMirrored: boolean;
}

/**
 * Reads the footer in effect: the one at the end of the file, else its copy at the beginning.
 *
 * The copy counts only where the end of the file shows no footer at all. That is what a crash
 * leaves behind, since new blocks are written over the old footer and the new one follows last;
 * nothing but the footer is lost then. A footer that is there and has a wrong checksum is no such
 * case: somebody changed it or the storage damaged it, nothing says whether the copy is the newer
 * or the older state, and so the image is refused. So it is when both are valid and speak of
 * different disks.
 *
 * @throws UnsupportedImage when there is no footer; the codes of `parseFooter`; CorruptImage;
 *   IoFailed
 * @see VHD 1.0, Hard Disk Footer Format
 */
export async function readCurrentFooter(file: ReadableFile): Promise<CurrentFooter> {
  const fileSizeBytes = await file.readSize();
  const copy = await readFooterAt(file, FOOTER_COPY_OFFSET_BYTES, FOOTER_SIZE_BYTES);
  for (const lengthBytes of FOOTER_LENGTHS_BYTES) {
    const offsetBytes = fileSizeBytes - lengthBytes;
    const bytes = await readFooterAt(file, offsetBytes, lengthBytes);
    if (bytes !== undefined) {
      return chooseEnd(file.name, bytes, offsetBytes, copy);
    }
  }
  return chooseCopy(file.name, copy, fileSizeBytes);
}

function chooseEnd(
  path: string,
  bytes: Uint8Array,
  offsetBytes: number,
  copy: Uint8Array | undefined,
): CurrentFooter {
  const footer = parseFooter(path, offsetBytes, bytes);
  const current = { footer, bytes, endOfDataBytes: offsetBytes };
  if (footer.type === "fixed" && footer.sizeBytes === offsetBytes) {
    // What looks like a copy is content of the disk.
    return { ...current, isMirrored: false };
  }
  assertSameDisk(path, footer, copy);
  return { ...current, isMirrored: copy !== undefined && Buffer.compare(bytes, copy) === 0 };
}

function chooseCopy(
  path: string,
  copy: Uint8Array | undefined,
  fileSizeBytes: number,
): CurrentFooter {
  if (copy === undefined) {
    throw unsupportedImage(
      path,
      `this is not a VHD image, or its footer is missing (${fileSizeBytes} bytes)`,
    );
  }
  const footer = parseFooter(path, FOOTER_COPY_OFFSET_BYTES, copy);
  if (footer.type === "fixed") {
    const reason = "the file begins with the footer of a fixed disk, which belongs at its end";
    throw corruptImage(path, "footer", FOOTER_COPY_OFFSET_BYTES, reason);
  }
  return { footer, bytes: copy, endOfDataBytes: fileSizeBytes, isMirrored: false };
}

/**
 * A file that lost its footer may end with content of the disk that looks like one: that of a VHD
 * kept inside the disk. A copy that is no valid footer proves nothing, and is not needed.
 */
function assertSameDisk(path: string, footer: VhdFooter, copy: Uint8Array | undefined): void {
  if (copy === undefined || describeFooterProblem(copy) !== undefined) {
    return;
  }
  const other = parseFooter(path, FOOTER_COPY_OFFSET_BYTES, copy);
  for (const field of ["uniqueId", "type", "sizeBytes"] as const) {
    if (other[field] !== footer[field]) {
      const reason =
        `its copy at the beginning of the file has ${field} ${other[field]} instead ` +
        `of ${footer[field]}`;
      throw corruptImage(path, "footer", FOOTER_COPY_OFFSET_BYTES, reason);
    }
  }
}

async function readFooterAt(
  file: ReadableFile,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Uint8Array | undefined> {
  if (offsetBytes < 0) {
    return undefined;
  }
  const bytes = new Uint8Array(FOOTER_SIZE_BYTES);
  const count = await file.read(offsetBytes, bytes.subarray(0, lengthBytes));
  return count === lengthBytes && hasFooterCookie(bytes) ? bytes : undefined;
}
