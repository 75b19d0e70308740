import { createHash, randomBytes } from "node:crypto";

/**
 * Makes a fresh id for a disk, by which it can be told later for whom the disk was made.
 *
 * @param owner as `CreateDiskRequest.owner`
 * @returns a GUID: its first half is worked out of the owner, its second half is random
 */
export function createOwnId(owner: string | undefined): string {
  const random = randomBytes(16).toString("hex");
  const start = owner === undefined ? random.slice(0, 16) : digestOf(owner);
  // A version 8 GUID, whose other bits may mean anything. See RFC 9562, 5.8.
  const digits = `${start.slice(0, 12)}8${start.slice(13, 16)}8${random.slice(17)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Whether an id was made by {@link createOwnId} for an owner. */
export function isOwnId(id: string, owner: string): boolean {
  const digest = digestOf(owner);
  return id.replaceAll("-", "").slice(0, 16) === `${digest.slice(0, 12)}8${digest.slice(13)}`;
}

function digestOf(owner: string): string {
  return createHash("sha256").update(owner).digest("hex").slice(0, 16);
}
