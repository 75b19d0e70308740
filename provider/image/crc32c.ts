/** The Castagnoli polynomial 0x1EDC6F41 with its bits reversed. */
const REVERSED_POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) {
    value = value & 1 ? (value >>> 1) ^ REVERSED_POLYNOMIAL : value >>> 1;
  }
  return value;
});

/**
 * The CRC-32C of some bytes, as every checksum of a VHDX is computed.
 *
 * @param bytes with the four bytes of the checksum field itself set to zero
 * @param previous the CRC-32C of the bytes before these, where a long structure is summed up piece by piece
 * @returns an unsigned 32-bit number
 * @see [MS-VHDX] 2.2.2; RFC 3720 B.4 has test vectors
 */
export function computeCrc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  }
  return ~crc >>> 0;
}
