/** Bytes of one value, 1 unless given. */
export function filled(lengthBytes: number, value = 1): Uint8Array {
  return new Uint8Array(lengthBytes).fill(value);
}
