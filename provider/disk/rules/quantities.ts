const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/**
 * Writes a number of bytes so that a person can judge it and a program can be corrected with it.
 *
 * @returns for example `64 GiB (68719476736 bytes)`; `about` stands before a rounded number; below
 *   1 KiB bytes alone
 */
export function describeBytes(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  if (unit === 0) {
    return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  }
  const quantity = bytes / 1024 ** unit;
  const rounded = Math.round(quantity * 100) / 100;
  return `${rounded === quantity ? "" : "about "}${rounded} ${UNITS[unit]} (${bytes} bytes)`;
}
