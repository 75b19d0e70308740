import { createHash } from "node:crypto";
import { withoutDoor } from "./resource-types";

/** What Pulumi calls the organization of a stack whose state it does not keep itself. */
export const NO_ORGANIZATION = "organization";

/**
 * Names a resource, so that a creation that was cut off recognises its own disk, and two resources
 * with one disk are told apart.
 *
 * @param organization that owns the stack: stacks of several may share disks
 * @param urn of the resource, through whichever door
 * @returns 16 hexadecimal digits
 */
export function createOwner(organization: string, urn: string): string {
  return createHash("sha256")
    .update(`${organization}/${withoutDoor(urn)}`)
    .digest("hex")
    .slice(0, 16);
}
