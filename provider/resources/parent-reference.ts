import { createHash } from "node:crypto";
import { withoutDoor } from "./resource-types";

/**
 * How a child refers to the resource that is its parent.
 *
 * A program writes `parentPath: base.path`, and Pulumi hands on the path alone. So the SDK adds a
 * reference: which resource the path comes from, and what Pulumi knows it by. The reference is
 * unknown in a preview exactly where the parent is new or replaced; where it is known and still
 * names the recorded resource, the parent is the same disk, whatever its path.
 */

/** The hidden input and the key of the state. */
export const PARENT_REFERENCE_INPUT = "__parentId";

const PART_LENGTH = 8;

/**
 * @param urn of the parent's resource, through whichever door
 * @param id of the same resource
 * @returns 16 hexadecimal digits
 */
export function createParentReference(urn: string, id: string): string {
  return hash(withoutDoor(urn)) + hash(id);
}

/**
 * What two references have in common: `resource` means the same resource, `id` another one with the
 * same id.
 */
export type ReferenceMatch = "resource" | "id" | "none";

/** Compares the recorded reference with the present one. A missing one matches nothing. */
export function matchParentReferences(
  recorded: string | undefined,
  present: string | undefined,
): ReferenceMatch {
  if (recorded === undefined || present === undefined) {
    return "none";
  }
  if (recorded.slice(0, PART_LENGTH) === present.slice(0, PART_LENGTH)) {
    return "resource";
  }
  return recorded.slice(PART_LENGTH) === present.slice(PART_LENGTH) ? "id" : "none";
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, PART_LENGTH);
}
