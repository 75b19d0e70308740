/**
 * The bytes of a file in hexadecimal digits, 16 a line, but for lines of zeros; the last line says
 * the size.
 */
export function dumpHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16);
    if (line.some((byte) => byte !== 0)) {
      lines.push(`${at.toString(16).padStart(8, "0")}  ${Buffer.from(line).toString("hex")}`);
    }
  }
  return `${[...lines, bytes.length.toString(16).padStart(8, "0")].join("\n")}\n`;
}
