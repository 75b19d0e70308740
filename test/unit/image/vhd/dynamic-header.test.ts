import { ZERO_GUID } from "../../../../provider/disk/guid";
import { MIB } from "../../../../provider/image/bytes";
import {
  DYNAMIC_HEADER_SIZE_BYTES,
  type DynamicHeader,
  readDynamicHeader,
  serializeDynamicHeader,
  withParentRecord,
} from "../../../../provider/image/vhd/dynamic-header";
import type { VhdFooter } from "../../../../provider/image/vhd/footer";
import { type ByteOrder, encodeUtf16 } from "../../../../provider/image/vhd/utf16";
import { failureOf } from "../../../support/failure-of";
import { MemoryFile } from "../../../support/memory-file";
import { BASE_ID, CREATED_AT, HEADER_FIELD, editDynamicHeader } from "../../../support/vhd-image";

const HEADER_OFFSET_BYTES = 512;

const CHILD_HEADER: DynamicHeader = {
  tableOffsetBytes: 0x2000,
  maxTableEntries: 2,
  blockSizeBytes: 2 * MIB,
  parent: {
    uniqueId: BASE_ID,
    name: "C:\\disks\\base.vhd",
    locators: [
      { platformCode: "W2ku", dataSpaceBytes: 4096, dataLengthBytes: 34, dataOffsetBytes: 0x1000 },
      { platformCode: "W2ru", dataSpaceBytes: 65536, dataLengthBytes: 20, dataOffsetBytes: 0x3000 },
    ],
  },
};

function footerOf(type: "dynamic" | "differencing", changes: Partial<VhdFooter> = {}): VhdFooter {
  return {
    type,
    sizeBytes: 4 * MIB,
    uniqueId: BASE_ID,
    createdAt: CREATED_AT,
    dynamicHeaderOffsetBytes: HEADER_OFFSET_BYTES,
    ...changes,
  };
}

function fileWith(header: DynamicHeader, offsetBytes = HEADER_OFFSET_BYTES): MemoryFile {
  const file = new MemoryFile("disk.vhd");
  file.writeNow(offsetBytes, serializeDynamicHeader(header));
  return file;
}

function putParentName(file: MemoryFile, name: string, order: ByteOrder): void {
  editDynamicHeader(file, (header) => {
    for (let index = 0; index < 512; index += 1) {
      header.setUint8(HEADER_FIELD.parentName + index, encodeUtf16(name, order)[index] ?? 0);
    }
  });
}

describe("the dynamic header", () => {
  it("of a child gives back what was written", async () => {
    const file = fileWith(CHILD_HEADER);

    expect(await readDynamicHeader(file, footerOf("differencing"))).toEqual(CHILD_HEADER);
  });

  it("of a dynamic disk records no parent, whatever its fields hold", async () => {
    const { parent: _, ...header } = CHILD_HEADER;

    expect(await readDynamicHeader(fileWith(CHILD_HEADER), footerOf("dynamic"))).toEqual(header);
    expect(await readDynamicHeader(fileWith(header), footerOf("dynamic"))).toEqual(header);
  });

  it("may be anywhere", async () => {
    const file = fileWith(CHILD_HEADER, 0x10000);

    const header = await readDynamicHeader(
      file,
      footerOf("differencing", { dynamicHeaderOffsetBytes: 0x10000 }),
    );

    expect(header).toEqual(CHILD_HEADER);
  });

  it.each([
    ["a full path as Windows writes it", "C:\\Projects\\disks\\base.vhd", "big-endian"],
    ["a bare name", "base.vhd", "big-endian"],
    ["the wrong byte order", "base.vhd", "little-endian"],
    ["the wrong byte order and a full path", "C:\\磁盘\\base.vhd", "little-endian"],
    ["all 256 characters and no NUL", "b".repeat(252).concat(".vhd"), "big-endian"],
    ["nothing", "", "big-endian"],
  ] as const)("has a parent name with %s", async (_, name, order) => {
    const file = fileWith(CHILD_HEADER);
    putParentName(file, name, order);

    const header = await readDynamicHeader(file, footerOf("differencing"));

    expect(header.parent?.name).toBe(name);
  });

  it("may have more table entries than the disk has blocks", async () => {
    const header = await readDynamicHeader(
      fileWith({ ...CHILD_HEADER, maxTableEntries: 65536 }),
      footerOf("dynamic"),
    );

    expect(header.maxTableEntries).toBe(65536);
  });

  it("keeps the timestamp of the parent, unused entries and everything else when another path is recorded", async () => {
    const file = fileWith(CHILD_HEADER);
    editDynamicHeader(file, (header) => header.setUint32(HEADER_FIELD.parentTimestamp, 77));
    const before = file
      .toBytes()
      .slice(HEADER_OFFSET_BYTES, HEADER_OFFSET_BYTES + DYNAMIC_HEADER_SIZE_BYTES);
    const locators = CHILD_HEADER.parent!.locators.slice(0, 1);

    const after = withParentRecord(before, { uniqueId: BASE_ID, name: "b.vhd", locators });

    file.writeNow(HEADER_OFFSET_BYTES, after);
    const changed = [...after.keys()].filter((index) => after[index] !== before[index]);
    expect(
      changed.every((index) => (index >= 36 && index < 40) || (index >= 64 && index < 768)),
    ).toBe(true);
    expect((await readDynamicHeader(file, footerOf("differencing"))).parent).toEqual({
      uniqueId: BASE_ID,
      name: "b.vhd",
      locators,
    });
  });

  it("is refused without its cookie", async () => {
    const file = fileWith(CHILD_HEADER);
    editDynamicHeader(file, (header) => header.setUint8(HEADER_FIELD.cookie, 0));

    const error = await failureOf(readDynamicHeader(file, footerOf("dynamic")));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "dynamic header", offset: 512 } },
    });
  });

  it("is refused with a wrong checksum", async () => {
    const file = fileWith(CHILD_HEADER);
    file.writeNow(HEADER_OFFSET_BYTES + 1023, Uint8Array.of(1));

    const error = await failureOf(readDynamicHeader(file, footerOf("dynamic")));

    expect(error.message).toMatch(
      /the dynamic header is damaged, its checksum is 0x\w+ instead of 0x\w+/,
    );
  });

  it("is not supported in version 2", async () => {
    const file = fileWith(CHILD_HEADER);
    editDynamicHeader(file, (header) => header.setUint32(HEADER_FIELD.version, 0x00020000));

    expect((await failureOf(readDynamicHeader(file, footerOf("dynamic")))).code).toBe(
      "UnsupportedImage",
    );
  });

  it.each([0, 1, 256, 513, 3 * MIB, 0xffffffff])(
    "is refused with blocks of %p bytes",
    async (blockSizeBytes) => {
      const file = fileWith({ ...CHILD_HEADER, blockSizeBytes });

      const error = await failureOf(readDynamicHeader(file, footerOf("dynamic")));

      expect(error.message).toContain(
        `its block size of ${blockSizeBytes} bytes is not a power of two`,
      );
    },
  );

  it("is refused when its table does not cover the disk", async () => {
    const file = fileWith(CHILD_HEADER);

    const error = await failureOf(
      readDynamicHeader(file, footerOf("dynamic", { sizeBytes: 4 * MIB + 512 })),
    );

    expect(error.message).toContain("2 blocks of 2097152 bytes do not cover the disk of 4194816");
  });

  it("of a child is refused without the id of the parent", async () => {
    const file = fileWith({
      ...CHILD_HEADER,
      parent: { ...CHILD_HEADER.parent!, uniqueId: ZERO_GUID },
    });

    const error = await failureOf(readDynamicHeader(file, footerOf("differencing")));

    expect(error.message).toContain("it has no unique id of the parent");
  });

  it.each([0x10000, 2 ** 52, 2 ** 60])(
    "is refused behind the end of the file, at %p",
    async (offsetBytes) => {
      const reading = readDynamicHeader(
        fileWith(CHILD_HEADER),
        footerOf("dynamic", { dynamicHeaderOffsetBytes: offsetBytes }),
      );

      expect((await failureOf(reading)).code).toBe("CorruptImage");
    },
  );
});
