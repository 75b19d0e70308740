import { computeCrc32c } from "../../../provider/image/crc32c";

/** Bit by bit, as the polynomial is defined. */
function computeNaively(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
  }
  return ~crc >>> 0;
}

const ASCENDING = Uint8Array.from({ length: 32 }, (_, index) => index);

describe("the CRC-32C", () => {
  // RFC 3720 B.4 prints the bytes of each CRC in the order in which they are sent: the least
  // significant one first.
  it.each([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["32 ascending bytes", ASCENDING, 0x46dd794e],
    ["32 descending bytes", ASCENDING.toReversed(), 0x113fdb5c],
    ["the digits 1 to 9", Buffer.from("123456789"), 0xe3069283],
    ["nothing", new Uint8Array(), 0],
  ])("of %s is what RFC 3720 says", (_, bytes, expected) => {
    const checksum = computeCrc32c(bytes);

    expect(checksum).toBe(expected);
  });

  it("can be computed piece by piece", () => {
    const whole = computeCrc32c(ASCENDING);

    const pieces = computeCrc32c(ASCENDING.subarray(5), computeCrc32c(ASCENDING.subarray(0, 5)));

    expect(pieces).toBe(whole);
  });

  it.each([
    ["zeros alone", 0, []],
    ["zeros before", 0, [16_000]],
    ["zeros behind", 0, [0]],
    ["zeros between, beginning anywhere", 3, [2, 9_001, 16_383]],
  ])("passes over long runs of zeros: %s", (_what, start, marks) => {
    const bytes = new Uint8Array(16 * 1024 + start).subarray(start);
    marks.forEach((mark) => (bytes[mark] = 0xa5));

    const checksum = computeCrc32c(bytes);

    expect(checksum).toBe(computeNaively(bytes));
  });

  it("counts each byte, wherever the bytes begin and however many they are", () => {
    const parts = Array.from({ length: 16 }, (_, start) =>
      Array.from({ length: 17 - start }, (__, length) => ASCENDING.subarray(start, start + length)),
    ).flat();

    const checksums = parts.map((part) => computeCrc32c(part));

    expect(checksums).toEqual(parts.map(computeNaively));
  });
});
