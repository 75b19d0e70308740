import { DiskError } from "./errors";

/** The GUID that means "none" in every structure of both formats. */
export const ZERO_GUID = "00000000-0000-0000-0000-000000000000";

const GUID_TEXT = /^\{?(?<guid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i;

/**
 * Reads a GUID from its 16 bytes as Windows stores one: the first three groups little-endian, the
 * rest as they stand.
 *
 * @param bytes where to read
 * @param offsetBytes where the GUID begins in `bytes`; 16 bytes must follow
 * @returns 36 characters, lowercase, without braces
 * @see [MS-DTYP] 2.3.4.2
 */
export function parseGuidBytes(bytes: Uint8Array, offsetBytes = 0): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + offsetBytes, 16).toString("hex");
  const group = (at: number, length: number): string => hex.slice(at, at + length);
  const reversed = (at: number, length: number): string => {
    let text = "";
    for (let index = at + length - 2; index >= at; index -= 2) {
      text += group(index, 2);
    }
    return text;
  };
  return `${reversed(0, 8)}-${reversed(8, 4)}-${reversed(12, 4)}-${group(16, 4)}-${group(20, 12)}`;
}

/**
 * Writes a GUID as Windows stores one; the inverse of {@link parseGuidBytes}.
 *
 * @param guid any spelling {@link parseGuid} takes
 * @returns 16 new bytes
 * @throws InvalidInput when the text is no GUID
 */
export function serializeGuidBytes(guid: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(parseGuid(guid).replaceAll("-", ""), "hex"));
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/**
 * Brings a GUID to the one spelling used in this package: lowercase, without braces.
 *
 * @param text with or without braces, in either case
 * @throws InvalidInput when the text is no GUID
 */
export function parseGuid(text: string): string {
  const guid = tryParseGuid(text);
  if (guid === undefined) {
    throw new DiskError("InvalidInput", {
      what: "this is not a GUID",
      subject: JSON.stringify(text),
      remedy: "Write 8-4-4-4-12 hexadecimal digits, with or without braces.",
    });
  }
  return guid;
}

/** As {@link parseGuid}, but `undefined` where the text is no GUID. */
export function tryParseGuid(text: string): string | undefined {
  return GUID_TEXT.exec(text.trim())?.groups?.["guid"]?.toLowerCase();
}
