import { KIB, MIB } from "../../../../provider/image/bytes";
import {
  BAT_REGION_ID,
  METADATA_REGION_ID,
  REGION_TABLE_OFFSETS,
  type Region,
  readRegions,
  serializeRegionTable,
} from "../../../../provider/image/vhdx/region-table";
import { SpaceMap } from "../../../../provider/image/vhdx/space-map";
import { failureOf } from "../../../support/failure-of";
import { MemoryFile } from "../../../support/memory-file";
import { editRegionTables } from "../../../support/vhdx-image";

const BAT: Region = { id: BAT_REGION_ID, offsetBytes: 3 * MIB, lengthBytes: MIB, isRequired: true };
const METADATA: Region = {
  id: METADATA_REGION_ID,
  offsetBytes: 2 * MIB,
  lengthBytes: MIB,
  isRequired: true,
};
const OTHER: Region = {
  id: "01234567-89ab-4cde-8f01-23456789abcd",
  offsetBytes: 4 * MIB,
  lengthBytes: MIB,
  isRequired: false,
};

async function buildTables(regions: readonly Region[]): Promise<MemoryFile> {
  const file = new MemoryFile();
  await file.resize(8 * MIB);
  for (const offsetBytes of REGION_TABLE_OFFSETS) {
    file.writeNow(offsetBytes, serializeRegionTable(regions));
  }
  return file;
}

/** Reads the regions of a file whose log takes the second mebibyte. */
async function read(file: MemoryFile): ReturnType<typeof readRegions> {
  const space = await SpaceMap.of(file);
  space.claim(1, 1);
  return readRegions(file, space);
}

describe("the region table", () => {
  it("gives back what was written, in order", async () => {
    const regions = await read(await buildTables([BAT, OTHER, METADATA]));

    expect(regions).toEqual({ bat: BAT, metadata: METADATA, all: [BAT, OTHER, METADATA] });
  });

  it("accepts known regions that QEMU does not mark as required", async () => {
    const regions = await read(
      await buildTables([BAT, METADATA].map((region) => ({ ...region, isRequired: false }))),
    );

    expect(regions.all).toHaveLength(2);
  });

  it("may name a region behind the end of the file, as long as it is not required", async () => {
    const lost = { ...OTHER, offsetBytes: 100 * MIB };

    const regions = await read(await buildTables([BAT, METADATA, lost]));
    const error = await failureOf(
      read(await buildTables([BAT, METADATA, { ...lost, isRequired: true }])),
    );

    expect(regions.all).toHaveLength(3);
    expect(error.code).toBe("CorruptImage");
  });

  it("is read from its second copy when the checksum of the first is wrong", async () => {
    const file = await buildTables([BAT, METADATA]);
    file.writeNow(REGION_TABLE_OFFSETS[0] + 60 * KIB, Uint8Array.of(1));

    const regions = await read(file);

    expect(regions.all).toEqual([BAT, METADATA]);
  });

  it("is refused when both copies are damaged", async () => {
    const file = await buildTables([BAT, METADATA]);
    file.writeNow(REGION_TABLE_OFFSETS[0] + 20, Uint8Array.of(1));
    file.writeNow(REGION_TABLE_OFFSETS[1] + 20, Uint8Array.of(1));

    const error = await failureOf(read(file));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "region table" } },
    });
  });

  it("is refused when it counts more entries than it can hold", async () => {
    const file = await buildTables([BAT, METADATA]);
    editRegionTables(file, (view) => view.setUint32(8, 2048, true));

    const error = await failureOf(read(file));

    expect(error.code).toBe("CorruptImage");
  });

  it("is refused when it requires a region that is unknown, naming it", async () => {
    const error = await failureOf(
      read(await buildTables([BAT, METADATA, { ...OTHER, isRequired: true }])),
    );

    expect(error.code).toBe("UnsupportedImage");
    expect(error.message).toContain(OTHER.id);
  });

  it.each([
    ["names no block allocation table", [METADATA]],
    ["names no metadata region", [BAT]],
    ["names a region twice", [BAT, METADATA, { ...OTHER, id: BAT.id }]],
    ["has a region that is not aligned", [BAT, { ...METADATA, offsetBytes: 2 * MIB + 4096 }]],
    [
      "has a region with a length that is not aligned",
      [BAT, { ...METADATA, lengthBytes: MIB + 4096 }],
    ],
    ["has a region in the header section", [BAT, { ...METADATA, offsetBytes: 0 }]],
    ["has a region that ends behind the file", [BAT, { ...METADATA, offsetBytes: 8 * MIB }]],
    ["has a region where no file ends", [BAT, { ...METADATA, offsetBytes: 2 ** 62 }]],
    ["has regions that overlap", [BAT, METADATA, { ...OTHER, offsetBytes: 3 * MIB }]],
    ["has a region that overlaps the log", [BAT, { ...METADATA, offsetBytes: MIB }]],
  ])("is refused when it %s", async (_, regions) => {
    const error = await failureOf(read(await buildTables(regions)));

    expect(error.code).toBe("CorruptImage");
  });
});
