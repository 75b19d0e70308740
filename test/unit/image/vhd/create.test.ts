import { parseGuid } from "../../../../provider/disk/guid";
import { GIB, KIB, MIB, viewOf } from "../../../../provider/image/bytes";
import { createVhd } from "../../../../provider/image/vhd/create";
import { MAX_SIZE_BYTES } from "../../../../provider/image/vhd/footer";
import { openVhd } from "../../../../provider/image/vhd/open";
import { readStructures } from "../../../../provider/image/vhd/structures";
import { failureOf } from "../../../support/failure-of";
import { collectExtents } from "../../../support/image-content";
import { MemoryFile } from "../../../support/memory-file";
import {
  BASE_ID,
  HEADER_FIELD,
  SIZE_BYTES,
  buildChildVhd,
  buildVhd,
} from "../../../support/vhd-image";

const DYNAMIC_HEADER_OFFSET = 512;

async function buildDefaultVhd(sizeBytes: number): Promise<MemoryFile> {
  const file = new MemoryFile("base.vhd");
  await createVhd(file, { type: "dynamic", sizeBytes });
  return file;
}

function parentAt(absolutePath: string, relativePath?: string) {
  return { parent: { linkageId: BASE_ID, diskId: BASE_ID, absolutePath, relativePath } };
}

describe("creating a VHD", () => {
  it("lays out a dynamic disk without a gap before its first block", async () => {
    const file = await buildDefaultVhd(4 * MIB);
    const { current, sparse } = await readStructures(file);

    expect(sparse?.header).toMatchObject({
      tableOffsetBytes: 0xc00,
      maxTableEntries: 2,
      blockSizeBytes: 2 * MIB,
    });
    expect(sparse?.headerOffsetBytes).toBe(0x200);
    expect(current).toMatchObject({ endOfDataBytes: 0xe00, isMirrored: true });
    expect(await file.readSize()).toBe(0x1000);
  });

  it("lays out a differencing disk as Windows does", async () => {
    const file = await buildChildVhd({ sizeBytes: 4 * MIB, blockSizeBytes: undefined });
    const { current, sparse } = await readStructures(file);

    expect(sparse?.header).toEqual({
      tableOffsetBytes: 0x2000,
      maxTableEntries: 2,
      blockSizeBytes: 2 * MIB,
      parent: {
        uniqueId: BASE_ID,
        name: "C:\\disks\\base.vhd",
        locators: [
          {
            platformCode: "W2ku",
            dataSpaceBytes: 4096,
            dataLengthBytes: 34,
            dataOffsetBytes: 0x1000,
          },
          {
            platformCode: "W2ru",
            dataSpaceBytes: 65536,
            dataLengthBytes: 20,
            dataOffsetBytes: 0x3000,
          },
        ],
      },
    });
    expect(current.endOfDataBytes).toBe(0x13e00);
  });

  it("writes a fixed disk of its full size, without taking space", async () => {
    const file = await buildVhd({ type: "fixed", sizeBytes: 100 * GIB });

    const image = await openVhd(file);

    expect(await file.readSize()).toBe(100 * GIB + 512);
    expect(image.properties).toMatchObject({ type: "fixed", sizeBytes: 100 * GIB });
  });

  it("writes the timestamp of the parent as 0, as Windows does", async () => {
    const header = new Uint8Array(1024);
    (await buildChildVhd()).readNow(DYNAMIC_HEADER_OFFSET, header);

    expect(viewOf(header).getUint32(HEADER_FIELD.parentTimestamp)).toBe(0);
  });

  it.each([4 * MIB, 127 * GIB, 2040 * GIB])(
    "ends the table of a dynamic disk of %p bytes where the first block will begin, as QEMU expects it",
    async (sizeBytes) => {
      const { current, sparse } = await readStructures(await buildDefaultVhd(sizeBytes));
      const { tableOffsetBytes, maxTableEntries } = sparse!.header;

      expect(Math.ceil((tableOffsetBytes + 4 * maxTableEntries) / 512) * 512).toBe(
        current.endOfDataBytes,
      );
      expect((current.endOfDataBytes + 512) % 4096).toBe(0);
    },
  );

  it("fills the table up to a whole sector with entries that take no space", async () => {
    const file = await buildDefaultVhd(4 * MIB);
    const table = new Uint8Array(513);
    file.readNow(0xc00, table);

    expect(table.findIndex((byte) => byte !== 0xff)).toBe(512);
  });

  it("gives each disk a random unique id, in the byte order in which Windows shows its version", async () => {
    const ids = await Promise.all(
      Array.from(
        { length: 8 },
        async () => (await openVhd(await buildDefaultVhd(4 * MIB))).properties.diskId,
      ),
    );

    expect(new Set(ids).size).toBe(8);
    expect(ids.every((id) => parseGuid(id) === id && /^.{14}4.{4}[89ab]/.test(id))).toBe(true);
  });

  it("is dated now", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;

    const { current } = await readStructures(await buildDefaultVhd(4 * MIB));

    expect(current.footer.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(current.footer.createdAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it("flushes once everything is written, and leaves the file open", async () => {
    const file = await buildVhd();

    expect([file.flushCount, file.closed]).toEqual([1, false]);
  });

  it("keeps sizes that no CHS geometry has", async () => {
    const image = await openVhd(await buildVhd({ sizeBytes: 4 * MIB + 512 }));

    expect(image.properties.sizeBytes).toBe(4 * MIB + 512);
  });

  it.each(["dynamic", "fixed"] as const)(
    "makes a %s disk of the largest size, and reads it with few bytes",
    async (type) => {
      const file = new MemoryFile("large.vhd");
      await createVhd(file, { type, sizeBytes: MAX_SIZE_BYTES });

      const image = await openVhd(file);
      const extents = await collectExtents(image);

      expect(extents).toHaveLength(1);
      expect(extents[0]).toMatchObject({ offsetBytes: 0, lengthBytes: 2040 * GIB });
      // Twice the table of 4 MiB: for its validation and for the extents.
      expect(file.bytesRead).toBeLessThan(9 * MIB);
    },
  );

  it("makes a differencing disk of the largest size with the smallest blocks of Windows", async () => {
    const image = await openVhd(
      await buildChildVhd({ sizeBytes: MAX_SIZE_BYTES, blockSizeBytes: 512 * KIB }),
    );

    expect(await collectExtents(image)).toEqual([
      { kind: "absent", offsetBytes: 0, lengthBytes: MAX_SIZE_BYTES },
    ]);
  });

  it.each([0, -512, 1, 513, MAX_SIZE_BYTES + 512, 2 ** 63, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses a size of %p bytes before anything is written",
    async (sizeBytes) => {
      const file = new MemoryFile("base.vhd");

      const error = await failureOf(createVhd(file, { type: "dynamic", sizeBytes }));

      expect(error.code).toBe("OutOfRange");
      expect(await file.readSize()).toBe(0);
    },
  );

  it.each([0, 256, 1000, 3 * MIB, 512 * MIB, Number.NaN])(
    "refuses blocks of %p bytes",
    async (blockSizeBytes) => {
      const file = new MemoryFile("base.vhd");

      const error = await failureOf(
        createVhd(file, { type: "dynamic", sizeBytes: 4 * MIB, blockSizeBytes }),
      );

      expect(error.code).toBe("InvalidInput");
      expect(await file.readSize()).toBe(0);
    },
  );

  it("refuses more blocks than it would read", async () => {
    const error = await failureOf(buildVhd({ sizeBytes: 2040 * GIB, blockSizeBytes: 128 * KIB }));

    expect(error.message).toContain("most blocks 8388608");
  });

  it("refuses a block size for a fixed disk", async () => {
    const error = await failureOf(buildVhd({ type: "fixed", blockSizeBytes: 2 * MIB }));

    expect(error.code).toBe("InvalidInput");
  });

  it("never overwrites a file with content", async () => {
    const file = MemoryFile.of(Uint8Array.of(1, 2, 3), "base.vhd");

    const error = await failureOf(createVhd(file, { type: "dynamic", sizeBytes: SIZE_BYTES }));

    expect(error.code).toBe("AlreadyExists");
    expect(file.toBytes()).toEqual(Uint8Array.of(1, 2, 3));
  });
});

describe("the parent of a new VHD", () => {
  it("on another volume is recorded by its full path only", async () => {
    const image = await openVhd(await buildChildVhd(parentAt("D:\\disks\\base.vhd")));

    expect(image.properties.parentLocator?.paths).toEqual([
      { kind: "absolute", path: "D:\\disks\\base.vhd" },
    ]);
  });

  it("is recorded whatever the characters of its path", async () => {
    const absolutePath = "/var/Données/日本/😀.vhd";

    const image = await openVhd(await buildChildVhd(parentAt(absolutePath, "..\\日本\\😀.vhd")));

    expect(image.properties.parentLocator?.paths).toEqual([
      { kind: "relative", path: "..\\日本\\😀.vhd" },
      { kind: "absolute", path: absolutePath },
    ]);
  });

  it("is named in the header by its bare name where the full path is too long for that", async () => {
    const absolutePath = `C:\\${"d".repeat(250)}\\base.vhd`;

    const image = await openVhd(await buildChildVhd(parentAt(absolutePath)));

    expect(image.properties.parentLocator?.paths).toEqual([
      { kind: "absolute", path: absolutePath },
      { kind: "relative", path: "base.vhd" },
    ]);
  });

  it("gets more space than usual for a path that needs it, and nothing overlaps", async () => {
    const folder = Array.from({ length: 150 }, () => "d".repeat(200)).join("\\");
    const absolutePath = `C:\\${folder}\\base.vhd`;
    const relativePath = `..\\${folder}\\${folder}\\base.vhd`;

    const { sparse } = await readStructures(
      await buildChildVhd(parentAt(absolutePath, relativePath)),
    );

    expect(sparse?.parentPaths.paths.map(({ path }) => path)).toEqual([
      relativePath,
      absolutePath,
      "base.vhd",
    ]);
    expect(sparse?.header.parent?.locators).toMatchObject([
      { dataOffsetBytes: 0x1000, dataSpaceBytes: 61440 },
      { dataOffsetBytes: 0x11000, dataSpaceBytes: 122880 },
    ]);
    expect(sparse?.header.tableOffsetBytes).toBe(0x10000);
  });

  it.each(["", `/${"b".repeat(253)}.vhd`])("is refused with the path %p", async (absolutePath) => {
    const file = new MemoryFile("child.vhd");

    const creating = createVhd(file, {
      type: "differencing",
      sizeBytes: SIZE_BYTES,
      ...parentAt(absolutePath),
    });

    expect((await failureOf(creating)).code).toBe("InvalidInput");
    expect(await file.readSize()).toBe(0);
  });
});
