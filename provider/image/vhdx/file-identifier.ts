import { parseGuid, tryParseGuid } from "../../disk/guid";
import { corruptImage, readStructure } from "../bytes";
import type { ReadableFile } from "../random-access-file";

/** [MS-VHDX] 2.2.1, at offset 0 of the file; the rest of the first 64 KiB is reserved. */
const FIELD = {
  signature: 0, // 8 bytes, "vhdxfile"
  creator: 8, //   512 bytes, UTF-16LE, ends at the first NUL
} as const;

const SIGNATURE = "vhdxfile";
const LENGTH_BYTES = 520;

/**
 * Names the writer for diagnosis, and is no version of the package: the layout of these files has
 * its own.
 */
const CREATOR = "pulumi-vhd 0.1";
const OWN_CREATOR = /^pulumi-vhd \d+\.\d+ \{([^}]+)\}$/;

/** What the first bytes of a VHDX tell. */
export interface FileIdentifier {
  /** The text that the software which made the file left there. */
  readonly creator: string;
  /**
   * The GUID that this package gives to each file it makes, and that no writer may ever change;
   * absent for others.
   */
  readonly creationId?: string;
}

/** Whether bytes begin as every VHDX does. */
export function hasFileSignature(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, SIGNATURE.length)).toString("latin1") === SIGNATURE;
}

/**
 * Reads who made a VHDX.
 *
 * @throws CorruptImage when the file does not begin as a VHDX does; IoFailed
 * @see [MS-VHDX] 2.2.1
 */
export async function readFileIdentifier(file: ReadableFile): Promise<FileIdentifier> {
  const bytes = Buffer.from(await readStructure(file, "file type identifier", 0, LENGTH_BYTES));
  if (!hasFileSignature(bytes)) {
    throw corruptImage(
      file.name,
      "file type identifier",
      0,
      `it does not begin with "${SIGNATURE}"`,
    );
  }
  const creator = bytes.toString("utf16le", FIELD.creator).replace(/\0.*$/s, "");
  const creationId = tryParseGuid(OWN_CREATOR.exec(creator)?.[1] ?? "");
  return creationId === undefined ? { creator } : { creator, creationId };
}

/**
 * Writes the identifier of a file that this package makes; the inverse of
 * {@link readFileIdentifier}.
 *
 * The specification forbids to change the first 64 KiB of a file later, so the GUID in the creator
 * text distinguishes this file from every other one for as long as it exists.
 *
 * @param creationId a new GUID
 * @returns 520 new bytes
 */
export function serializeFileIdentifier(creationId: string): Uint8Array {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.write(SIGNATURE, FIELD.signature, "latin1");
  bytes.write(`${CREATOR} {${parseGuid(creationId)}}`, FIELD.creator, "utf16le");
  return bytes;
}
