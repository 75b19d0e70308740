import { ZERO_GUID } from "../../../../provider/disk/guid";
import { GIB, viewOf } from "../../../../provider/image/bytes";
import { sealChecksum } from "../../../../provider/image/vhd/checksum";
import {
  MAX_SIZE_BYTES,
  type VhdFooter,
  parseFooter,
  serializeFooter,
  withDynamicHeaderOffset,
} from "../../../../provider/image/vhd/footer";
import { failureOf } from "../../../support/failure-of";
import { BASE_ID, CREATED_AT, FOOTER_FIELD } from "../../../support/vhd-image";

const FOOTER: VhdFooter = {
  type: "dynamic",
  sizeBytes: 4194304,
  uniqueId: BASE_ID,
  createdAt: CREATED_AT,
  dynamicHeaderOffsetBytes: 512,
};

function editedFooter(edit: (view: DataView) => void, footer = FOOTER): Uint8Array {
  const bytes = serializeFooter(footer);
  edit(viewOf(bytes));
  sealChecksum(bytes, FOOTER_FIELD.checksum);
  return bytes;
}

/** What parsing fails with, as the tests of asynchronous functions look at it. */
function failureOfParsing(bytes: Uint8Array): ReturnType<typeof failureOf> {
  return failureOf((async () => parseFooter("disk.vhd", 4096, bytes))());
}

describe("the footer", () => {
  it.each<VhdFooter>([
    FOOTER,
    { ...FOOTER, type: "differencing", dynamicHeaderOffsetBytes: 1536 },
    { ...FOOTER, sizeBytes: MAX_SIZE_BYTES },
    { type: "fixed", sizeBytes: 512, uniqueId: BASE_ID, createdAt: CREATED_AT },
  ])("gives back what was written: %p", (footer) => {
    const parsed = parseFooter("disk.vhd", 0, serializeFooter(footer));

    expect(parsed).toEqual(footer);
  });

  it("is byte for byte what Windows writes", () => {
    // The footer of a differencing disk of 4 MiB that Windows 10 made.
    const windows = Buffer.alloc(512);
    windows.write(
      "636f6e656374697800000002000100000000000000000200" +
        "2715ab1377696e20000a00005769326b" +
        "0000000000400000000000000040000000780411" +
        "00000004ffffefc4722fa4e259c4c6458456ddb430ac4a19",
      "hex",
    );

    const written = serializeFooter(parseFooter("windows.vhd", 0, windows));

    expect(Buffer.from(written).toString("hex")).toBe(windows.toString("hex"));
  });

  it("carries the creator that makes QEMU trust the size rather than the geometry", () => {
    const text = Buffer.from(serializeFooter(FOOTER)).toString("latin1", 28, 32);

    expect(text).toBe("win ");
  });

  it("has the virtual size at byte 48, not the original size at byte 40", () => {
    const bytes = editedFooter((view) => view.setBigUint64(FOOTER_FIELD.originalSize, 512n));

    expect(parseFooter("disk.vhd", 0, bytes).sizeBytes).toBe(4194304);
  });

  it("has a size that its CHS geometry does not change", () => {
    const bytes = editedFooter((view) => view.setUint32(FOOTER_FIELD.geometry, 0x00010101));

    expect(parseFooter("disk.vhd", 0, bytes).sizeBytes).toBe(4194304);
  });

  it.each([FOOTER_FIELD.savedState, FOOTER_FIELD.reserved, 511])(
    "may have something in byte %p",
    (offset) => {
      const bytes = editedFooter((view) => view.setUint8(offset, 1));

      expect(parseFooter("disk.vhd", 0, bytes)).toEqual(FOOTER);
    },
  );

  it("may be of a later minor version", () => {
    const bytes = editedFooter((view) => view.setUint32(FOOTER_FIELD.version, 0x00010001));

    expect(parseFooter("disk.vhd", 0, bytes)).toEqual(FOOTER);
  });

  it("is refused with a wrong checksum, with both values and its place", async () => {
    const bytes = serializeFooter(FOOTER);
    bytes[511] = 1;

    const error = await failureOfParsing(bytes);

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toMatch(
      /the footer is damaged, its checksum is 0x[0-9a-f]{8} instead of 0x[0-9a-f]{8}/,
    );
    expect(error.message).toContain("offset 4096");
  });

  it.each([
    ["version 2.0", FOOTER_FIELD.version, 0x00020000],
    ["type 0", FOOTER_FIELD.type, 0],
    ["type 5", FOOTER_FIELD.type, 5],
    ["type 6", FOOTER_FIELD.type, 6],
  ])("is not supported with %s", async (_, offset, value) => {
    const error = await failureOfParsing(editedFooter((view) => view.setUint32(offset, value)));

    expect(error.code).toBe("UnsupportedImage");
  });

  it.each([0, 1, 513, 4194303])("is refused with a size of %p bytes", async (sizeBytes) => {
    const bytes = editedFooter((view) =>
      view.setBigUint64(FOOTER_FIELD.currentSize, BigInt(sizeBytes)),
    );

    expect((await failureOfParsing(bytes)).code).toBe("CorruptImage");
  });

  it.each([BigInt(MAX_SIZE_BYTES) + 512n, 2n ** 63n, 2n ** 64n - 512n])(
    "is not supported with %p bytes, which sector numbers of 32 bits cannot address",
    async (sizeBytes) => {
      const bytes = editedFooter((view) => view.setBigUint64(FOOTER_FIELD.currentSize, sizeBytes));

      expect((await failureOfParsing(bytes)).code).toBe("UnsupportedImage");
    },
  );

  it("of a fixed disk may tell a size over that limit, since it has no such sector numbers", () => {
    const bytes = serializeFooter({
      type: "fixed",
      sizeBytes: 3000 * GIB,
      uniqueId: BASE_ID,
      createdAt: CREATED_AT,
    });

    expect(parseFooter("disk.vhd", 0, bytes).sizeBytes).toBe(3000 * GIB);
  });

  it("may have a unique id of zeros, as QEMU writes it where it has no library for them", () => {
    const bytes = editedFooter((view) => {
      for (let index = 0; index < 16; index += 1) {
        view.setUint8(FOOTER_FIELD.uniqueId + index, 0);
      }
    });

    expect(parseFooter("disk.vhd", 0, bytes).uniqueId).toBe(ZERO_GUID);
  });

  it("keeps everything but the data offset and the checksum when it is pointed elsewhere", () => {
    const bytes = editedFooter((view) => view.setUint8(FOOTER_FIELD.reserved, 1));

    const pointed = withDynamicHeaderOffset(bytes, 0x12345600);

    const changed = [...pointed.keys()].filter((index) => pointed[index] !== bytes[index]);
    expect(parseFooter("disk.vhd", 0, pointed)).toEqual({
      ...FOOTER,
      dynamicHeaderOffsetBytes: 0x12345600,
    });
    expect(
      changed.every((index) => (index >= 16 && index < 24) || (index >= 64 && index < 68)),
    ).toBe(true);
    expect(pointed[FOOTER_FIELD.reserved]).toBe(1);
  });
});
