import { ZERO_GUID } from "../../../../provider/disk/guid";
import { MIB, TIB } from "../../../../provider/image/bytes";
import type { CreateImageRequest } from "../../../../provider/image/driver";
import { createVhdx } from "../../../../provider/image/vhdx/create";
import { openVhdx } from "../../../../provider/image/vhdx/open";
import { readVhdxStructures } from "../../../../provider/image/vhdx/structures";
import { failureOf } from "../../../support/failure-of";
import { collectExtents } from "../../../support/image-content";
import { MemoryFile } from "../../../support/memory-file";
import { FIXED_IDS, buildChildVhdx, buildVhdx } from "../../../support/vhdx-image";

const PARENT = {
  linkageId: FIXED_IDS.dataWriteId,
  diskId: FIXED_IDS.diskId,
  absolutePath: "C:\\disks\\base.vhdx",
};

async function create(request: CreateImageRequest): Promise<MemoryFile> {
  const file = new MemoryFile("C:\\disks\\new.vhdx");
  await createVhdx(file, request);
  return file;
}

describe("a new VHDX", () => {
  it("has its log, metadata and table where Windows puts them", async () => {
    const { current, regions } = await readVhdxStructures(
      await create({ type: "dynamic", sizeBytes: MIB }),
    );

    expect(current.header).toMatchObject({
      logOffsetBytes: MIB,
      logLengthBytes: MIB,
      logId: ZERO_GUID,
    });
    expect(regions.all).toEqual([
      { ...regions.bat, offsetBytes: 3 * MIB, lengthBytes: MIB, isRequired: true },
      { ...regions.metadata, offsetBytes: 2 * MIB, lengthBytes: MIB, isRequired: true },
    ]);
  });

  it.each([
    ["dynamic", 32 * MIB],
    ["fixed", 2 * MIB],
  ] as const)(
    "of type %s has the block size that Windows chooses",
    async (type, blockSizeBytes) => {
      const { properties } = await openVhdx(await create({ type, sizeBytes: 64 * MIB }));

      expect(properties).toMatchObject({
        type,
        blockSizeBytes,
        logicalSectorSizeBytes: 512,
        physicalSectorSizeBytes: 4096,
      });
    },
  );

  it("of type differencing has the block size that Windows chooses and the sectors of its parent", async () => {
    const sectors = { logicalSectorSizeBytes: 4096, physicalSectorSizeBytes: 4096 };

    const { properties } = await openVhdx(
      await create({ type: "differencing", sizeBytes: 64 * MIB, ...sectors, parent: PARENT }),
    );

    expect(properties).toMatchObject({ type: "differencing", blockSizeBytes: 2 * MIB, ...sectors });
  });

  it("is durable when it is done", async () => {
    const file = await create({ type: "dynamic", sizeBytes: MIB });

    expect(file.flushCount).toBe(1);
  });

  it("of type dynamic holds nothing, in a file of 4 MiB", async () => {
    const file = await create({ type: "dynamic", sizeBytes: 64 * MIB });
    const fileSize = await file.readSize();

    const extents = await collectExtents(await openVhdx(file));

    expect(extents).toEqual([{ kind: "absent", offsetBytes: 0, lengthBytes: 64 * MIB }]);
    expect(fileSize).toBe(4 * MIB);
  });

  it("of type fixed holds all its blocks, one behind the other, the last one whole", async () => {
    const file = await create({ type: "fixed", sizeBytes: 5 * MIB });
    const fileSize = await file.readSize();

    const extents = await collectExtents(await openVhdx(file));

    expect(extents).toEqual([
      { kind: "data", offsetBytes: 0, lengthBytes: 5 * MIB, fileOffsetBytes: 4 * MIB },
    ]);
    expect(fileSize).toBe(10 * MIB);
  });

  it("of type fixed skips the bitmap entries of a table of several pages", async () => {
    const file = await create({ type: "fixed", sizeBytes: 140_000 * MIB, blockSizeBytes: MIB });
    const image = await openVhdx(file);

    const extents = await collectExtents(image);

    expect(extents).toEqual([
      { kind: "data", offsetBytes: 0, lengthBytes: 140_000 * MIB, fileOffsetBytes: 5 * MIB },
    ]);
  });

  it("has GUIDs of its own, all different", async () => {
    const structures = await Promise.all(
      [buildVhdx(), buildVhdx()].map(async (file) => readVhdxStructures(await file)),
    );

    const ids = structures.flatMap(({ current: { header }, metadata, identifier }) => [
      header.fileWriteId,
      header.dataWriteId,
      metadata.parameters.diskId,
      identifier.creationId,
    ]);
    expect(new Set(ids).size).toBe(8);
  });

  it("carries the page 83 id of its parent, but a creation id of its own", async () => {
    const parent = await buildVhdx();
    const child = await buildChildVhdx(parent);

    const [parentImage, childImage] = [await openVhdx(parent), await openVhdx(child)];

    expect(childImage.properties.diskId).toBe(parentImage.properties.diskId);
    expect(childImage.properties.creationId).not.toBe(parentImage.properties.creationId);
    expect(childImage.properties.linkageId).not.toBe(parentImage.properties.linkageId);
  });

  it("has the locator keys in the order in which Windows writes them, but for the path of the volume", async () => {
    const { parent } = await readVhdxStructures(
      await buildChildVhdx(await buildVhdx({}, FIXED_IDS)),
    );

    expect([...parent!.entries]).toEqual([
      ["parent_linkage", `{${FIXED_IDS.dataWriteId}}`],
      ["absolute_win32_path", "C:\\disks\\base.vhdx"],
      ["relative_path", ".\\base.vhdx"],
      ["parent_linkage2", `{${ZERO_GUID}}`],
    ]);
  });

  it("has no relative path where parent and child are on different volumes", async () => {
    const sectors = { logicalSectorSizeBytes: 512, physicalSectorSizeBytes: 4096 };

    const { properties } = await openVhdx(
      await create({ type: "differencing", sizeBytes: MIB, ...sectors, parent: PARENT }),
    );

    expect(properties.parentLocator?.paths).toEqual([
      { kind: "absolute", path: PARENT.absolutePath },
    ]);
  });
});

describe("a VHDX is not made", () => {
  it.each([
    ["a size of part of a sector", { sizeBytes: MIB + 1 }, "InvalidInput"],
    ["a size of zero", { sizeBytes: 0 }, "InvalidInput"],
    ["more than 64 TiB", { sizeBytes: 64 * TIB + 512 }, "OutOfRange"],
    ["blocks that are no power of two", { blockSizeBytes: 3 * MIB }, "InvalidInput"],
    ["blocks below 1 MiB", { blockSizeBytes: MIB / 2 }, "InvalidInput"],
    ["sectors of 520 bytes", { logicalSectorSizeBytes: 520 }, "InvalidInput"],
  ])("with %s, and nothing is written", async (_, changes, code) => {
    const file = new MemoryFile("C:\\disks\\new.vhdx");

    const error = await failureOf(
      createVhdx(file, { type: "dynamic", sizeBytes: MIB, ...changes }),
    );

    expect(error.code).toBe(code);
    expect(error.message).toContain("C:\\disks\\new.vhdx");
    expect(await file.readSize()).toBe(0);
  });

  it("over a file that is not empty", async () => {
    const file = MemoryFile.of(Uint8Array.of(1));

    const error = await failureOf(createVhdx(file, { type: "dynamic", sizeBytes: MIB }));

    expect(error.code).toBe("AlreadyExists");
    expect(file.toBytes()).toEqual(Uint8Array.of(1));
  });

  it.each([
    ["a parent without identity", { ...PARENT, linkageId: ZERO_GUID }],
    [
      "a path that is too long to be recorded",
      { ...PARENT, absolutePath: `C:\\${"x".repeat(33_000)}` },
    ],
  ])("over %s", async (_, parent) => {
    const sectors = { logicalSectorSizeBytes: 512, physicalSectorSizeBytes: 4096 };

    const error = await failureOf(
      create({ type: "differencing", sizeBytes: MIB, ...sectors, parent }),
    );

    expect(error.code).toBe("InvalidInput");
  });
});
