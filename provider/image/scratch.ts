/** What most pieces that are read while an image is opened fit into. */
const LENGTH_BYTES = 512 * 1024;

/** As many as are in use when many images are opened at once. */
const MAX_KEPT = 32;

const kept: ArrayBuffer[] = [];

/**
 * Lends memory for bytes that are needed for a moment only. Opening ten thousand images would
 * allocate gigabytes otherwise, and spend more time on freeing them than on reading.
 *
 * @param lengthBytes any length; long pieces are allocated each time
 * @returns bytes with arbitrary content
 */
export function borrowBytes(lengthBytes: number): Uint8Array {
  const buffer =
    lengthBytes > LENGTH_BYTES
      ? new ArrayBuffer(lengthBytes)
      : (kept.pop() ?? new ArrayBuffer(LENGTH_BYTES));
  return new Uint8Array(buffer, 0, lengthBytes);
}

/**
 * Takes back what {@link borrowBytes} lent. Nobody may use these bytes, or a part of them, again.
 */
export function returnBytes({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === LENGTH_BYTES) {
    if (kept.length < MAX_KEPT && !kept.includes(buffer)) {
      kept.push(buffer);
    }
  }
}
