import { decodeUtf16, detectByteOrder, encodeUtf16 } from "../../../../provider/image/vhd/utf16";

describe("UTF-16 text", () => {
  it.each(["big-endian", "little-endian"] as const)(
    "comes back as it was written (%s)",
    (order) => {
      const text = "C:\\Données\\日本\\😀.vhd";

      const decoded = decodeUtf16(encodeUtf16(text, order), order);

      expect(decoded).toBe(text);
    },
  );

  it("ends at its first NUL", () => {
    const bytes = encodeUtf16("base.vhd\0\0left over", "big-endian");

    expect(decodeUtf16(bytes, "big-endian")).toBe("base.vhd");
  });

  it("loses a byte order mark and an odd last byte", () => {
    const bytes = Uint8Array.of(...encodeUtf16("\ufeffa.vhd", "little-endian"), 7);

    expect(decodeUtf16(bytes, "little-endian")).toBe("a.vhd");
  });

  it.each(["big-endian", "little-endian"] as const)(
    "shows its byte order by its ASCII letters (%s)",
    (order) => {
      const bytes = encodeUtf16("C:\\磁盘\\基.vhd", order);
      const other = order === "big-endian" ? "little-endian" : "big-endian";

      expect(detectByteOrder(bytes, other)).toBe(order);
    },
  );

  it("is taken in the expected byte order where it gives no hint", () => {
    const bytes = encodeUtf16("基盘", "big-endian");

    expect([
      detectByteOrder(bytes, "big-endian"),
      detectByteOrder(new Uint8Array(8), "little-endian"),
    ]).toEqual(["big-endian", "little-endian"]);
  });
});
