import { createHash } from "node:crypto";

/**
 * Names a resource, so that a creation that was cut off recognises its own disk, and two resources
 * with one disk are told apart.
 *
 * @param organization that owns the stack: stacks of several may share disks
 * @param urn of the resource
 * @returns 16 hexadecimal digits
 */
export function createOwner(organization: string, urn: string): string {
  return createHash("sha256").update(`${organization}/${urn}`).digest("hex").slice(0, 16);
}
