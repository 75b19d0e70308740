import { KIB, MIB, TIB } from "../../../../provider/image/bytes";
import {
  type DiskParameters,
  ITEM_ID,
  type Metadata,
  describeParameterProblem,
  readMetadata,
  serializeMetadata,
} from "../../../../provider/image/vhdx/metadata";
import {
  METADATA_TABLE_LENGTH_BYTES,
  type MetadataItem,
  serializeMetadataTable,
} from "../../../../provider/image/vhdx/metadata-table";
import { METADATA_REGION_ID } from "../../../../provider/image/vhdx/region-table";
import { failureOf } from "../../../support/failure-of";
import { MemoryFile } from "../../../support/memory-file";
import { FIXED_IDS, editBytes } from "../../../support/vhdx-image";

const REGION = { id: METADATA_REGION_ID, offsetBytes: 2 * MIB, lengthBytes: MIB, isRequired: true };
const PARAMETERS: DiskParameters = {
  blockSizeBytes: 2 * MIB,
  leavesBlocksAllocated: false,
  hasParent: false,
  sizeBytes: 4 * MIB,
  logicalSectorSizeBytes: 512,
  physicalSectorSizeBytes: 4096,
  diskId: FIXED_IDS.diskId,
};
const LOCATOR = Uint8Array.of(1, 2, 3, 4, 5);
const INCOMPLETE_FILE_ID = "71cc85f0-1b69-4e28-9558-c3bf83ae75d3";
const UNKNOWN_ID = "0a0b0c0d-3d3a-423c-ac88-2a36ab21479b";

async function buildMetadata(
  parameters: Partial<DiskParameters> = {},
  locator?: Uint8Array,
): Promise<MemoryFile> {
  const file = new MemoryFile();
  await file.resize(4 * MIB);
  file.writeNow(REGION.offsetBytes, serializeMetadata({ ...PARAMETERS, ...parameters }, locator));
  return file;
}

function read(file: MemoryFile): Promise<Metadata> {
  return readMetadata(file, REGION);
}

/** Replaces the table by one with the items changed. */
async function withItems(change: (items: MetadataItem[]) => MetadataItem[]): Promise<MemoryFile> {
  const file = await buildMetadata();
  const { items } = await read(file);
  file.writeNow(REGION.offsetBytes, serializeMetadataTable(change([...items])));
  return file;
}

function item(changes: Partial<MetadataItem>): MetadataItem {
  const place = { offsetBytes: 128 * KIB, lengthBytes: 8 };
  return {
    id: UNKNOWN_ID,
    ...place,
    isUser: false,
    isVirtualDisk: false,
    isRequired: false,
    ...changes,
  };
}

describe("the metadata region", () => {
  it("gives back what was written for a disk without parent", async () => {
    const file = await buildMetadata({ leavesBlocksAllocated: true });

    const metadata = await read(file);

    expect(metadata.parameters).toEqual({ ...PARAMETERS, leavesBlocksAllocated: true });
    expect(metadata.parentLocator).toBeUndefined();
  });

  it("gives back what was written for a differencing disk", async () => {
    const file = await buildMetadata({ hasParent: true }, LOCATOR);

    const metadata = await read(file);

    expect(metadata.parameters.hasParent).toBe(true);
    expect(metadata.parentLocator).toEqual(LOCATOR);
  });

  it("is laid out in the order and with the flags that Windows writes", async () => {
    const file = await buildMetadata({ hasParent: true }, LOCATOR);

    const { items } = await read(file);

    const rows = items.map(({ id, offsetBytes, lengthBytes, isVirtualDisk }) => [
      id,
      offsetBytes - METADATA_TABLE_LENGTH_BYTES,
      lengthBytes,
      isVirtualDisk,
    ]);
    expect(rows).toEqual([
      [ITEM_ID.fileParameters, 0x0, 8, false],
      [ITEM_ID.sizeBytes, 0x8, 8, true],
      [ITEM_ID.logicalSectorSize, 0x10, 4, true],
      [ITEM_ID.physicalSectorSize, 0x14, 4, true],
      [ITEM_ID.diskId, 0x18, 16, true],
      [ITEM_ID.parentLocator, 0x28, LOCATOR.length, false],
    ]);
  });

  it("ignores an unknown item that is not required", async () => {
    const file = await withItems((items) => [...items, item({})]);

    const { items } = await read(file);

    expect(items).toHaveLength(6);
  });

  it("does not take a user's item for the system's of the same id", async () => {
    const file = await withItems((items) => [
      item({ id: ITEM_ID.sizeBytes, isUser: true }),
      ...items,
    ]);

    const { parameters } = await read(file);

    expect(parameters.sizeBytes).toBe(PARAMETERS.sizeBytes);
  });

  it("accepts an empty item", async () => {
    const file = await withItems((items) => [...items, item({ offsetBytes: 0, lengthBytes: 0 })]);

    const { items } = await read(file);

    expect(items).toHaveLength(6);
  });

  it.each([
    ["of the system", {}],
    ["of a user", { isUser: true, id: ITEM_ID.sizeBytes }],
  ])("is refused when it requires an unknown item %s, naming it", async (_, changes) => {
    const unknown = item({ ...changes, isRequired: true });
    const file = await withItems((items) => [...items, unknown]);

    const error = await failureOf(read(file));

    expect(error.code).toBe("UnsupportedImage");
    expect(error.message).toContain(unknown.id);
  });

  it.each([
    ["the CHS geometry", "da02d7bc-3d3a-423c-ac88-2a36ab21479b"],
    ["the label of persistent memory", "10e1ae8a-4b7e-4169-a40f-cd70de928393"],
  ])(
    "is read when it requires %s, which Windows writes and the specification leaves out",
    async (_, id) => {
      const file = await withItems((items) => [...items, item({ id, isRequired: true })]);

      expect((await read(file)).items).toHaveLength(6);
    },
  );

  it("is refused while Windows has not finished to create the file, saying so", async () => {
    const incomplete = item({
      id: INCOMPLETE_FILE_ID,
      offsetBytes: 0,
      lengthBytes: 0,
      isRequired: true,
    });
    const file = await withItems((items) => [...items, incomplete]);

    const error = await failureOf(read(file));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toMatch(
      /creation of this image was never finished.*Delete the file and create the disk again/,
    );
  });

  it.each([
    ["is in the table", { offsetBytes: METADATA_TABLE_LENGTH_BYTES - 8 }],
    ["ends behind the region", { offsetBytes: MIB - 4 }],
    ["is longer than 1 MiB", { lengthBytes: MIB + 8 }],
    ["is empty and is somewhere", { lengthBytes: 0 }],
    ["overlaps another", { offsetBytes: METADATA_TABLE_LENGTH_BYTES + 4 }],
    ["occurs twice", { id: ITEM_ID.diskId }],
  ])("is refused when an item %s", async (_, changes) => {
    const file = await withItems((items) => [...items, item(changes)]);

    const error = await failureOf(read(file));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "metadata table" } },
    });
  });

  it.each(Object.values(ITEM_ID).filter((id) => id !== ITEM_ID.parentLocator))(
    "is refused without the item %s",
    async (id) => {
      const file = await withItems((items) => items.filter((each) => each.id !== id));

      const error = await failureOf(read(file));

      expect(error.code).toBe("CorruptImage");
    },
  );

  it("is refused when a differencing disk has no parent locator", async () => {
    const error = await failureOf(read(await buildMetadata({ hasParent: true })));

    expect(error.message).toContain("no item for parentLocator");
  });

  it("is refused when an item has another length than the format says", async () => {
    const file = await withItems((items) =>
      items.map((each) => (each.id === ITEM_ID.diskId ? { ...each, lengthBytes: 8 } : each)),
    );

    const error = await failureOf(read(file));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "metadata item" } },
    });
  });

  it("is refused with another signature", async () => {
    const file = await buildMetadata();
    file.writeNow(REGION.offsetBytes, Buffer.from("METADATA"));

    const error = await failureOf(read(file));

    expect(error.code).toBe("CorruptImage");
  });

  it("is refused when it counts more entries than the table holds", async () => {
    const file = await buildMetadata();
    editBytes(file, REGION.offsetBytes, 32, (view) => view.setUint16(10, 2048, true));

    const error = await failureOf(read(file));

    expect(error.code).toBe("CorruptImage");
  });

  it("is refused when the file parameters use flags that are unknown", async () => {
    const file = await buildMetadata();
    editBytes(file, REGION.offsetBytes + METADATA_TABLE_LENGTH_BYTES, 8, (view) =>
      view.setUint32(4, 4, true),
    );

    const error = await failureOf(read(file));

    expect(error.code).toBe("UnsupportedImage");
  });

  it("is refused when the parameters break the limits of the format", async () => {
    const error = await failureOf(read(await buildMetadata({ blockSizeBytes: 3 * MIB })));

    expect(error.code).toBe("CorruptImage");
    expect(error.message).toContain("block size of 3145728 bytes");
  });
});

describe("the limits of the format", () => {
  it.each([
    ["the smallest block and disk", { blockSizeBytes: MIB, sizeBytes: 512 }],
    ["the largest block and disk", { blockSizeBytes: 256 * MIB, sizeBytes: 64 * TIB }],
    ["sectors of 4096 bytes", { logicalSectorSizeBytes: 4096 }],
    ["physical sectors of 512 bytes", { physicalSectorSizeBytes: 512 }],
  ])("allow %s", (_, changes) => {
    const problem = describeParameterProblem({ ...PARAMETERS, ...changes });

    expect(problem).toBeUndefined();
  });

  it.each([
    ["a block below 1 MiB", { blockSizeBytes: MIB / 2 }],
    ["a block above 256 MiB", { blockSizeBytes: 512 * MIB }],
    ["a block that is no power of two", { blockSizeBytes: 3 * MIB }],
    ["a block that is no whole number", { blockSizeBytes: 2 * MIB + 0.5 }],
    ["a block of 0 bytes", { blockSizeBytes: 0 }],
    ["sectors of 1024 bytes", { logicalSectorSizeBytes: 1024 }],
    ["physical sectors of 8192 bytes", { physicalSectorSizeBytes: 8192 }],
    ["a disk of 0 bytes", { sizeBytes: 0 }],
    ["a disk of negative size", { sizeBytes: -512 }],
    ["a part of a sector", { sizeBytes: 4 * MIB + 100 }],
    [
      "a part of a sector of 4096 bytes",
      { sizeBytes: 4 * MIB + 512, logicalSectorSizeBytes: 4096 },
    ],
    ["a disk above 64 TiB", { sizeBytes: 64 * TIB + 512 }],
    ["a disk that is not a number", { sizeBytes: Number.NaN }],
  ])("do not allow %s", (_, changes) => {
    const problem = describeParameterProblem({ ...PARAMETERS, ...changes });

    expect(problem).toEqual(expect.any(String));
  });
});
