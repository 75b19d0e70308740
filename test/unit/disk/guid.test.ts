import {
  parseGuid,
  parseGuidBytes,
  serializeGuidBytes,
  tryParseGuid,
} from "../../../provider/disk/guid";

// The parent's unique id in a disk that Windows made, and what Windows shows for it.
const STORED = Uint8Array.from([
  0xe7, 0xea, 0x92, 0x00, 0x84, 0x93, 0x95, 0x4e, 0x81, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
]);
const SHOWN = "0092eae7-9384-4e95-8102-030405060708";

describe("GUIDs", () => {
  it("are read from bytes as Windows stores them", () => {
    expect(parseGuidBytes(STORED)).toBe(SHOWN);
    expect(parseGuidBytes(Uint8Array.from([9, 9, ...STORED]), 2)).toBe(SHOWN);
  });

  it("are written as they were read", () => {
    expect(serializeGuidBytes(SHOWN)).toEqual(STORED);
  });

  it.each(["{0092EAE7-9384-4E95-8102-030405060708}", SHOWN.toUpperCase(), ` ${SHOWN} `])(
    "have one spelling for %j",
    (text) => {
      expect(parseGuid(text)).toBe(SHOWN);
    },
  );

  it.each(["", "0092eae7", `${SHOWN}0`, "zzzzzzzz-9384-4e95-8102-030405060708"])(
    "are not %j",
    (text) => {
      expect(tryParseGuid(text)).toBeUndefined();
      expect(() => parseGuid(text)).toThrow(/^\[InvalidInput\]/);
    },
  );
});
