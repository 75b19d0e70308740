import { createHash, randomBytes } from "node:crypto";
import { tryParseGuid } from "../disk/guid";

/** The part of an id that is random, and the part that says for whom it was made. */
const RANDOM_LENGTH_BYTES = 8;

/**
 * Makes a GUID for a new disk by which its owner recognises it later: half of it is random, and the
 * other half follows from the first half and the owner. Without an owner, all of it is random.
 *
 * @param owner as in `CreateDiskRequest`
 * @returns 36 characters, lowercase; version 8 of RFC 9562
 */
export function createOwnId(owner: string | undefined): string {
  const random = randomBytes(RANDOM_LENGTH_BYTES);
  return toGuid(
    random,
    owner === undefined ? randomBytes(RANDOM_LENGTH_BYTES) : proofOf(random, owner),
  );
}

/**
 * Tells whether an id was made for an owner.
 *
 * @param id a GUID in any spelling
 */
export function isOwnId(id: string, owner: string): boolean {
  const guid = tryParseGuid(id);
  if (guid === undefined) {
    return false;
  }
  const random = Buffer.from(guid.replaceAll("-", ""), "hex").subarray(0, RANDOM_LENGTH_BYTES);
  return toGuid(random, proofOf(random, owner)) === guid;
}

/**
 * The version bits of the random part are fixed, so that they are the same when the id is read
 * again.
 */
function proofOf(random: Buffer, owner: string): Buffer {
  const fixed = withVersion(random);
  return createHash("sha256").update(fixed).update(owner).digest().subarray(0, RANDOM_LENGTH_BYTES);
}

function withVersion(random: Buffer): Buffer {
  const bytes = Buffer.from(random);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  return bytes;
}

function toGuid(random: Buffer, rest: Buffer): string {
  const bytes = Buffer.concat([withVersion(random), rest]);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
