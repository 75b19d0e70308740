import { MIB } from "../../../../provider/image/bytes";
import { openVhdx } from "../../../../provider/image/vhdx/open";
import { readVhdxStructures } from "../../../../provider/image/vhdx/structures";
import { failureOf } from "../../../support/failure-of";
import { collectExtents, readAllContent } from "../../../support/image-content";
import { MemoryFile } from "../../../support/memory-file";
import { FIXED_IDS, buildChildVhdx, buildVhdx, openVhdxChain } from "../../../support/vhdx-image";
import { logVhdxChange, setVhdxBlockState, writeVhdxContent } from "../../../support/vhdx-writer";

describe("opening a VHDX", () => {
  it("says the properties of a disk without parent", async () => {
    const file = await buildVhdx(
      { type: "fixed", sizeBytes: 3 * MIB, logicalSectorSizeBytes: 4096 },
      FIXED_IDS,
    );

    const { properties } = await openVhdx(file);

    expect(properties).toEqual({
      format: "vhdx",
      type: "fixed",
      sizeBytes: 3 * MIB,
      blockSizeBytes: MIB,
      logicalSectorSizeBytes: 4096,
      physicalSectorSizeBytes: 4096,
      diskId: FIXED_IDS.diskId,
      linkageId: FIXED_IDS.dataWriteId,
      creationId: FIXED_IDS.creationId,
    });
  });

  it("reads a disk whose file ends with the last byte that is used of its last block", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB + 512, blockSizeBytes: 2 * MIB });
    await writeVhdxContent(file, 2 * MIB, new Uint8Array(512).fill(7));
    await file.resize((await file.readSize()) - 2 * MIB + 512);

    const content = await readAllContent(await openVhdx(file));

    expect(content.subarray(2 * MIB)).toEqual(new Uint8Array(512).fill(7));
  });

  it("says where the parent of a differencing disk is and which one it must be", async () => {
    const child = await buildChildVhdx(await buildVhdx({}, FIXED_IDS));

    const { properties } = await openVhdx(child);

    expect(properties).toMatchObject({
      type: "differencing",
      diskId: FIXED_IDS.diskId,
      parentLocator: {
        linkageIds: [FIXED_IDS.dataWriteId],
        paths: [
          { kind: "relative", path: ".\\base.vhdx" },
          { kind: "absolute", path: "C:\\disks\\base.vhdx" },
        ],
      },
    });
  });

  it("leaves the file open until the image is closed", async () => {
    const file = await buildVhdx();
    const image = await openVhdx(file);
    const before = file.closed;

    await image.close();

    expect([before, file.closed]).toEqual([false, true]);
  });

  it("closes the file when it is not a sound image", async () => {
    const file = MemoryFile.of(new Uint8Array(MIB));

    await failureOf(openVhdx(file));

    expect(file.closed).toBe(true);
  });

  it("only reads the file", async () => {
    const file = await buildVhdx();
    const before = file.toBytes();

    const [image] = await openVhdxChain(file);
    await collectExtents(image!);

    expect(Buffer.compare(file.toBytes(), before)).toBe(0);
    expect(file.flushCount).toBe(1);
  });

  it.each([0, 7, 519, 65_536, 200_000, 2 * MIB, 3 * MIB, 4 * MIB - 1])(
    "refuses a file that was cut to %p bytes",
    async (sizeBytes) => {
      const file = await buildVhdx();
      await file.resize(sizeBytes);

      const error = await failureOf(openVhdx(file));

      expect(error.code).toBe("CorruptImage");
    },
  );
});

describe("opening a VHDX whose log was not replayed", () => {
  it("sees blocks that only the log knows of", async () => {
    const file = await buildVhdx({ sizeBytes: 4 * MIB });
    await logVhdxChange(file, (copy) =>
      writeVhdxContent(copy, MIB + 512, new Uint8Array(512).fill(5)),
    );
    const before = file.toBytes();

    const [image] = await openVhdxChain(file);

    const content = await readAllContent(image!);
    expect([
      content[MIB + 511],
      content[MIB + 512],
      content[MIB + 1023],
      content[MIB + 1024],
    ]).toEqual([0, 5, 5, 0]);
    expect(await collectExtents(image!)).toMatchObject([
      { kind: "absent" },
      { kind: "data" },
      { kind: "absent" },
    ]);
    expect(Buffer.compare(file.toBytes(), before)).toBe(0);
  });

  it("does not believe blocks that the log has taken away", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    await writeVhdxContent(file, 0, new Uint8Array(2 * MIB).fill(5));
    await logVhdxChange(file, (copy) => setVhdxBlockState(copy, 0, "zero"));

    const [image] = await openVhdxChain(file);

    expect(await collectExtents(image!)).toMatchObject([{ kind: "zero" }, { kind: "data" }]);
  });

  it("sees sector bitmaps that only the log knows of", async () => {
    const child = await buildChildVhdx(await buildVhdx({ sizeBytes: 2 * MIB }));
    await writeVhdxContent(child, 0, new Uint8Array(512).fill(1));
    await logVhdxChange(child, (copy) => writeVhdxContent(copy, 1024, new Uint8Array(512).fill(2)));

    const [image] = await openVhdxChain(child);

    const extents = await collectExtents(image!, 0, 2048);
    expect(extents.map(({ kind }) => kind)).toEqual(["data", "absent", "data", "absent"]);
  });

  it("does not validate a table that the log replaces", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    const broken = file.clone();
    await setVhdxBlockState(broken, 0, "fullyPresent", 64 * MIB);
    const dirty = broken.clone();
    await failureOf(readVhdxStructures(broken));

    await logVhdxChange(file, (copy) => writeVhdxContent(copy, 0, new Uint8Array(512).fill(3)));
    const entry = new Uint8Array(MIB);
    file.readNow(MIB, entry);
    dirty.writeNow(MIB, entry);
    const headers = new Uint8Array(128 * 1024);
    file.readNow(64 * 1024, headers);
    dirty.writeNow(64 * 1024, headers);

    const [image] = await openVhdxChain(dirty);
    expect((await readAllContent(image!))[0]).toBe(3);
  });

  it("refuses it when the log is damaged, because its blocks cannot be known", async () => {
    const file = await buildVhdx();
    const { entryOffsetBytes } = await logVhdxChange(file, (copy) =>
      setVhdxBlockState(copy, 0, "zero"),
    );
    file.writeNow(entryOffsetBytes + 100, Uint8Array.of(1));

    const error = await failureOf(openVhdx(file));

    expect(error).toMatchObject({ code: "CorruptImage", details: { facts: { structure: "log" } } });
  });
});
