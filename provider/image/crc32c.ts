import { KIB, isAllZero, viewOf } from "./bytes";

/** The Castagnoli polynomial 0x1EDC6F41 with its bits reversed. */
const REVERSED_POLYNOMIAL = 0x82f63b78;

/** What a byte adds to the checksum when it is the last one. */
const LAST = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) {
    value = value & 1 ? (value >>> 1) ^ REVERSED_POLYNOMIAL : value >>> 1;
  }
  return value;
});

/**
 * What a byte adds when one, two or three bytes follow it, so that four bytes are summed up at
 * once.
 */
const ONE_FOLLOWS = withZeroBehind(LAST);
const TWO_FOLLOW = withZeroBehind(ONE_FOLLOWS);
const THREE_FOLLOW = withZeroBehind(TWO_FOLLOW);

const PAGE_LENGTH_BYTES = 4 * KIB;

/**
 * What a page of zeros makes of each byte of a checksum, the lowest first: a sum of what it makes of
 * the bits.
 */
const AFTER_ZERO_PAGE = sumOfBits(
  Uint32Array.from({ length: 32 }, (_, bit) =>
    addBytes(1 << bit, new Uint8Array(PAGE_LENGTH_BYTES)),
  ),
);

/**
 * The CRC-32C of some bytes, as every checksum of a VHDX is computed.
 *
 * @param bytes with the four bytes of the checksum field itself set to zero
 * @param previous the CRC-32C of the bytes before these, where a long structure is summed up piece
 *   by piece
 * @returns an unsigned 32-bit number
 * @see [MS-VHDX] 2.2.2; RFC 3720 B.4 has test vectors
 */
export function computeCrc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (let start = 0; start < bytes.length; start += PAGE_LENGTH_BYTES) {
    const page = bytes.subarray(start, start + PAGE_LENGTH_BYTES);
    const isEmpty = page.length === PAGE_LENGTH_BYTES && isAllZero(page);
    crc = isEmpty ? passZeroPage(crc) : addBytes(crc, page);
  }
  return ~crc >>> 0;
}

function addBytes(before: number, bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const wholeWords = bytes.length - (bytes.length % 4);
  let crc = before;
  for (let at = 0; at < wholeWords; at += 4) {
    const word = crc ^ view.getUint32(at, true);
    crc =
      (THREE_FOLLOW[word & 0xff] ?? 0) ^
      (TWO_FOLLOW[(word >>> 8) & 0xff] ?? 0) ^
      (ONE_FOLLOWS[(word >>> 16) & 0xff] ?? 0) ^
      (LAST[word >>> 24] ?? 0);
  }
  for (let at = wholeWords; at < bytes.length; at += 1) {
    crc = (crc >>> 8) ^ (LAST[(crc ^ view.getUint8(at)) & 0xff] ?? 0);
  }
  return crc;
}

/** Most of a table of 64 KiB is zeros, which need not be summed up one by one. */
function passZeroPage(before: number): number {
  const [first, second, third, fourth] = AFTER_ZERO_PAGE;
  return (
    (first[before & 0xff] ?? 0) ^
    (second[(before >>> 8) & 0xff] ?? 0) ^
    (third[(before >>> 16) & 0xff] ?? 0) ^
    (fourth[before >>> 24] ?? 0)
  );
}

/** @param ofBits a number for each bit of four bytes */
function sumOfBits(ofBits: Uint32Array): [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const ofByte = (firstBit: number): Uint32Array =>
    Uint32Array.from({ length: 256 }, (_, byte) =>
      ofBits
        .subarray(firstBit, firstBit + 8)
        .reduce((sum, ofBit, bit) => ((byte >>> bit) & 1 ? sum ^ ofBit : sum), 0),
    );
  return [ofByte(0), ofByte(8), ofByte(16), ofByte(24)];
}

function withZeroBehind(table: Uint32Array): Uint32Array {
  return table.map((value) => (value >>> 8) ^ (LAST[value & 0xff] ?? 0));
}
