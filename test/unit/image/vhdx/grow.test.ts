import { MIB } from "../../../../provider/image/bytes";
import { growVhdx } from "../../../../provider/image/vhdx/grow";
import { readVhdxStructures } from "../../../../provider/image/vhdx/structures";
import { filled } from "../../../support/filled";
import { collectExtents, readAllContent } from "../../../support/image-content";
import { buildVhdx, editHeaders, openVhdxImage } from "../../../support/vhdx-image";
import {
  leaveStaleBytes,
  leaveStaleEntries,
  logVhdxChange,
  writeVhdxContent,
} from "../../../support/vhdx-writer";

describe("growing a VHDX", () => {
  it("keeps the content and adds what holds nothing", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    await writeVhdxContent(file, MIB, filled(MIB, 7));

    await growVhdx(file, 5 * MIB);

    const image = await openVhdxImage(file);
    expect(image.properties.sizeBytes).toBe(5 * MIB);
    expect(await collectExtents(image)).toMatchObject([
      { kind: "absent", lengthBytes: MIB },
      { kind: "data", lengthBytes: MIB },
      { kind: "absent", lengthBytes: 3 * MIB },
    ]);
    expect((await readAllContent(image))[MIB]).toBe(7);
  });

  it("leaves a log that holds nothing, and both headers the same but for their numbers", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });

    await growVhdx(file, 5 * MIB);

    const seen: string[] = [];
    editHeaders(file, (view) => {
      view.setUint32(4, 0);
      view.setBigUint64(8, 0n);
      seen.push(Buffer.from(view.buffer).toString("hex"));
    });
    expect(seen[0]).toBe(seen[1]);
    expect(seen[0]!.slice(48 * 2, 64 * 2)).toBe("0".repeat(32));
  });

  it("changes the FileWriteGuid and the DataWriteGuid, so that children notice, and nothing else of the identity", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    const before = await readVhdxStructures(file);

    await growVhdx(file, 5 * MIB);

    const after = await readVhdxStructures(file);
    expect(after.current.header.fileWriteId).not.toBe(before.current.header.fileWriteId);
    expect(after.current.header.dataWriteId).not.toBe(before.current.header.dataWriteId);
    expect(after.identifier).toEqual(before.identifier);
    expect(after.metadata.parameters).toEqual({
      ...before.metadata.parameters,
      sizeBytes: 5 * MIB,
    });
  });

  it("changes nothing at all when the disk has the size already", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    const before = file.toBytes();

    await growVhdx(file, 2 * MIB);

    expect(Buffer.compare(file.toBytes(), before)).toBe(0);
  });

  it("can be done again and again", async () => {
    const file = await buildVhdx({ sizeBytes: MIB });
    await writeVhdxContent(file, 0, filled(512, 3));

    for (const sizeMib of [2, 3, 200_000, 200_001, 400_000]) {
      await growVhdx(file, sizeMib * MIB);
    }

    const image = await openVhdxImage(file);
    expect(image.properties.sizeBytes).toBe(400_000 * MIB);
    expect(await collectExtents(image)).toMatchObject([
      { kind: "data", lengthBytes: MIB },
      { kind: "absent", lengthBytes: 399_999 * MIB },
    ]);
  });

  it("of type fixed adds blocks of zeros at the end of the file", async () => {
    const file = await buildVhdx({ type: "fixed", sizeBytes: 2 * MIB });
    await writeVhdxContent(file, 0, filled(2 * MIB, 7));
    const fileSize = await file.readSize();

    await growVhdx(file, 4 * MIB);

    const image = await openVhdxImage(file);
    expect(image.properties.type).toBe("fixed");
    expect(await collectExtents(image)).toEqual([
      { kind: "data", offsetBytes: 0, lengthBytes: 4 * MIB, fileOffsetBytes: fileSize - 2 * MIB },
    ]);
    const content = Buffer.from(await readAllContent(image));
    expect(content.equals(Buffer.concat([filled(2 * MIB, 7), Buffer.alloc(2 * MIB)]))).toBe(true);
  });

  it("of type fixed skips the bitmap entries that come into use", async () => {
    const file = await buildVhdx({ type: "fixed", sizeBytes: 4096 * MIB });
    await leaveStaleEntries(file);

    await growVhdx(file, 4098 * MIB);

    expect(await collectExtents(await openVhdxImage(file))).toMatchObject([
      { kind: "data", lengthBytes: 4098 * MIB },
    ]);
  });

  it("shows zeros where the last block had stale bytes behind the end of the disk", async () => {
    const file = await buildVhdx({ sizeBytes: MIB + 512 });
    await writeVhdxContent(file, MIB, filled(512, 7));
    await leaveStaleBytes(file);

    await growVhdx(file, 2 * MIB);

    const content = Buffer.from(await readAllContent(await openVhdxImage(file)));
    expect(
      content.subarray(MIB).equals(Buffer.concat([filled(512, 7), Buffer.alloc(MIB - 512)])),
    ).toBe(true);
  });

  it("completes a last block of which the file had only what the disk needed", async () => {
    const file = await buildVhdx({ sizeBytes: MIB + 512 });
    await writeVhdxContent(file, MIB, filled(512, 7));
    await file.resize((await file.readSize()) - MIB + 512);

    await growVhdx(file, 3 * MIB);

    const content = await readAllContent(await openVhdxImage(file));
    expect([content[MIB], content[MIB + 512], content[2 * MIB]]).toEqual([7, 0, 0]);
  });

  it("makes zeros of whatever lay in the table behind the entries in use", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    await leaveStaleEntries(file);

    await growVhdx(file, 9000 * MIB);

    expect(await collectExtents(await openVhdxImage(file))).toEqual([
      { kind: "absent", offsetBytes: 0, lengthBytes: 9000 * MIB },
    ]);
  });

  it("moves a table that has no room left, and blocks stay where they are", async () => {
    const file = await buildVhdx({ sizeBytes: 131_041 * MIB });
    await writeVhdxContent(file, 131_040 * MIB, filled(512, 7));
    await leaveStaleEntries(file);
    const before = await readVhdxStructures(file);

    await growVhdx(file, 140_000 * MIB);

    const { regions } = await readVhdxStructures(file);
    expect(regions.bat).toMatchObject({ offsetBytes: before.endBytes, lengthBytes: 2 * MIB });
    expect(await collectExtents(await openVhdxImage(file))).toMatchObject([
      { kind: "absent", lengthBytes: 131_040 * MIB },
      { kind: "data", lengthBytes: MIB, fileOffsetBytes: 4 * MIB },
      { kind: "absent" },
    ]);
  });

  it("moves the table of a fixed disk in front of its new blocks", async () => {
    const file = await buildVhdx({ type: "fixed", sizeBytes: 131_041 * MIB });

    await growVhdx(file, 131_043 * MIB);

    const { regions } = await readVhdxStructures(file);
    expect(await collectExtents(await openVhdxImage(file))).toEqual([
      { kind: "data", offsetBytes: 0, lengthBytes: 131_041 * MIB, fileOffsetBytes: 4 * MIB },
      {
        kind: "data",
        offsetBytes: 131_041 * MIB,
        lengthBytes: 2 * MIB,
        fileOffsetBytes: regions.bat.offsetBytes + regions.bat.lengthBytes,
      },
    ]);
  });

  it("replays a log first, and loses nothing of it", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    await logVhdxChange(file, (copy) => writeVhdxContent(copy, 512, filled(512, 7)));

    await growVhdx(file, 3 * MIB);

    const structures = await readVhdxStructures(file);
    const content = await readAllContent(await openVhdxImage(file));
    expect(structures.replay).toBeUndefined();
    expect([content[511], content[512], content[1024]]).toEqual([0, 7, 0]);
  });
});
