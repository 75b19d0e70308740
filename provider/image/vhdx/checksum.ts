import { viewOf } from "../bytes";
import { computeCrc32c } from "../crc32c";

/**
 * Headers, region tables and log entries all begin with a signature of 4 bytes and go on with their
 * checksum.
 */
const CHECKSUM_OFFSET = 4;
const FIRST_CHECKED_OFFSET = 8;
const ZEROED_FIELD = new Uint8Array(4);

/**
 * Computes the checksum of a structure as if its checksum field were zero; the bytes are left as
 * they are.
 *
 * @param bytes the whole structure, or its beginning where more pieces follow through
 *   `computeCrc32c`
 */
export function computeChecksum(bytes: Uint8Array): number {
  const signature = computeCrc32c(bytes.subarray(0, CHECKSUM_OFFSET));
  return computeCrc32c(
    bytes.subarray(FIRST_CHECKED_OFFSET),
    computeCrc32c(ZEROED_FIELD, signature),
  );
}

/** The checksum that a structure carries. */
export function readChecksum(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(CHECKSUM_OFFSET, true);
}

/** Puts the right checksum into a structure that is complete otherwise. */
export function sealChecksum(bytes: Uint8Array): void {
  viewOf(bytes).setUint32(CHECKSUM_OFFSET, computeChecksum(bytes), true);
}

/** Tells whether a structure begins with a signature. */
export function hasSignature(bytes: Uint8Array, signature: string): boolean {
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset, signature.length).toString("latin1") === signature
  );
}

/** Puts a signature at the beginning of a structure. */
export function writeSignature(bytes: Uint8Array, signature: string): void {
  bytes.set(Buffer.from(signature, "latin1"));
}
