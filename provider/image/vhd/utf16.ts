/** The order of the two bytes of a UTF-16 code unit. */
export type ByteOrder = "big-endian" | "little-endian";

/**
 * Reads UTF-16 text up to its first NUL, without a byte order mark.
 *
 * @param bytes an odd last byte is left out
 */
export function decodeUtf16(bytes: Uint8Array, order: ByteOrder): string {
  const text = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const decoded = (order === "big-endian" ? text.swap16() : text)
    .toString("utf16le")
    .replace(/^\ufeff/, "");
  const end = decoded.indexOf("\0");
  return end < 0 ? decoded : decoded.slice(0, end);
}

/** Writes UTF-16 text, without NUL and without a byte order mark. */
export function encodeUtf16(text: string, order: ByteOrder): Uint8Array {
  const bytes = Buffer.from(text, "utf16le");
  return order === "big-endian" ? bytes.swap16() : bytes;
}

/**
 * Guesses the byte order of a path: the zero bytes of its ASCII letters are their high ones. There
 * are nearly always more of those than letters whose low byte is zero, since every extension is
 * ASCII.
 *
 * @returns `expected` where the text gives no hint
 */
export function detectByteOrder(bytes: Uint8Array, expected: ByteOrder): ByteOrder {
  let balance = 0;
  for (let index = 0; index + 1 < bytes.length; index += 2) {
    const first = bytes[index];
    const second = bytes[index + 1];
    if (first === 0 && second !== 0) {
      balance += 1;
    } else if (first !== 0 && second === 0) {
      balance -= 1;
    }
  }
  if (balance === 0) {
    return expected;
  }
  return balance > 0 ? "big-endian" : "little-endian";
}
