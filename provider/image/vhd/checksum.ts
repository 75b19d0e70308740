import { viewOf } from "../bytes";

const FIELD_SIZE_BYTES = 4;

/**
 * The checksum of a footer or dynamic header: the one's complement of the sum of its bytes, without
 * those of the checksum field itself.
 *
 * @param fieldOffset where the checksum is in the structure
 * @returns an unsigned 32-bit number
 * @see VHD 1.0, Appendix: Computing the checksum
 */
export function computeChecksum(structure: Uint8Array, fieldOffset: number): number {
  let sum = 0;
  for (const [index, byte] of structure.entries()) {
    if (index < fieldOffset || index >= fieldOffset + FIELD_SIZE_BYTES) {
      sum += byte;
    }
  }
  return ~sum >>> 0;
}

/** Puts the right checksum into a structure that is complete otherwise. */
export function sealChecksum(structure: Uint8Array, fieldOffset: number): void {
  viewOf(structure).setUint32(fieldOffset, computeChecksum(structure, fieldOffset));
}

/**
 * Says what is wrong with the checksum of a structure.
 *
 * @returns a clause with both values, or `undefined` where the checksum is right
 */
export function describeChecksumProblem(
  structure: Uint8Array,
  fieldOffset: number,
): string | undefined {
  const stored = viewOf(structure).getUint32(fieldOffset);
  const computed = computeChecksum(structure, fieldOffset);
  return stored === computed
    ? undefined
    : `its checksum is ${toHex(stored)} instead of ${toHex(computed)}`;
}

function toHex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
