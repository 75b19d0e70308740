import { KIB, MIB } from "../../../../provider/image/bytes";
import type { Extent } from "../../../../provider/image/disk-image";
import type { PayloadState } from "../../../../provider/image/vhdx/block-allocation-table";
import { failureOf } from "../../../support/failure-of";
import { filled } from "../../../support/filled";
import { collectExtents, readAllContent } from "../../../support/image-content";
import type { MemoryFile } from "../../../support/memory-file";
import {
  buildChildVhdx,
  buildVhdx,
  editBytes,
  openVhdxChain,
  putBatEntry,
} from "../../../support/vhdx-image";
import { leaveStaleBytes, setVhdxBlockState, writeVhdxContent } from "../../../support/vhdx-writer";

/** In short: the kind, where it begins and how long it is. */
function brief(extents: readonly Extent[]): [Extent["kind"], number, number][] {
  return extents.map(({ kind, offsetBytes, lengthBytes }) => [kind, offsetBytes, lengthBytes]);
}

async function extentsOf(file: MemoryFile, ...window: number[]): Promise<ReturnType<typeof brief>> {
  const [image] = await openVhdxChain(file);
  return brief(await collectExtents(image!, ...window));
}

const HELD_AS_ZEROS: (keyof typeof PayloadState)[] = ["zero", "unmapped", "undefined"];

describe("the extents of a VHDX", () => {
  it("point to the bytes of the file, merged where they are one behind the other", async () => {
    const file = await buildVhdx({ sizeBytes: 4 * MIB });
    await writeVhdxContent(file, 0, filled(2 * MIB));
    await writeVhdxContent(file, 3 * MIB, filled(1));
    const [image] = await openVhdxChain(file);

    const extents = await collectExtents(image!);

    expect(extents).toEqual([
      { kind: "data", offsetBytes: 0, lengthBytes: 2 * MIB, fileOffsetBytes: 4 * MIB },
      { kind: "absent", offsetBytes: 2 * MIB, lengthBytes: MIB },
      { kind: "data", offsetBytes: 3 * MIB, lengthBytes: MIB, fileOffsetBytes: 6 * MIB },
    ]);
  });

  it("are not merged where blocks lie apart in the file", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    await writeVhdxContent(file, MIB, filled(1));
    await writeVhdxContent(file, 0, filled(1));

    const extents = await extentsOf(file);

    expect(extents).toEqual([
      ["data", 0, MIB],
      ["data", MIB, MIB],
    ]);
  });

  it("end with the disk, inside a block", async () => {
    const file = await buildVhdx({ sizeBytes: MIB + 512 });
    await writeVhdxContent(file, MIB, filled(512));

    const extents = await extentsOf(file);

    expect(extents).toEqual([
      ["absent", 0, MIB],
      ["data", MIB, 512],
    ]);
  });

  it("cover a window to the byte", async () => {
    const file = await buildChildVhdx(await buildVhdx({ sizeBytes: 3 * MIB }));
    await writeVhdxContent(file, MIB + 512, filled(1024));

    const extents = await extentsOf(file, MIB - 1, 1000);

    expect(extents).toEqual([
      ["absent", MIB - 1, 513],
      ["data", MIB + 512, 487],
    ]);
  });

  it("of an empty window are none", async () => {
    const extents = await extentsOf(await buildVhdx(), 512, 0);

    expect(extents).toEqual([]);
  });

  it.each([
    [-1, 1],
    [0, 8 * MIB + 1],
    [8 * MIB, 1],
    [0.5, 1],
    [0, Number.NaN],
  ])("are refused for the window %p, %p outside the disk", async (offsetBytes, lengthBytes) => {
    const error = await failureOf(extentsOf(await buildVhdx(), offsetBytes, lengthBytes));

    expect(error.code).toBe("OutOfRange");
  });

  it("skip the entry of the sector bitmap between two chunks", async () => {
    const file = await buildVhdx({ sizeBytes: 4098 * MIB });
    await setVhdxBlockState(file, 4095, "zero");
    await setVhdxBlockState(file, 4096, "zero");
    await putBatEntry(file, 4096, 0n);

    const extents = await extentsOf(file, 4094 * MIB, 4 * MIB);

    expect(extents).toEqual([
      ["absent", 4094 * MIB, MIB],
      ["zero", 4095 * MIB, 2 * MIB],
      ["absent", 4097 * MIB, MIB],
    ]);
  });

  it("tell, of sectors of 4096 bytes, one bit each", async () => {
    const file = await buildChildVhdx(
      await buildVhdx({ sizeBytes: 2 * MIB, logicalSectorSizeBytes: 4096 }),
    );
    await writeVhdxContent(file, 8 * KIB, filled(4096));

    const extents = await extentsOf(file, 0, 64 * KIB);

    expect(extents).toEqual([
      ["absent", 0, 8 * KIB],
      ["data", 8 * KIB, 4 * KIB],
      ["absent", 12 * KIB, 52 * KIB],
    ]);
  });

  it("use the bits of the block's own place in the chunk", async () => {
    const file = await buildChildVhdx(await buildVhdx({ sizeBytes: 4100 * MIB }));
    await writeVhdxContent(file, 5 * MIB + 512, filled(512));
    await writeVhdxContent(file, 4098 * MIB + 1024, filled(512));

    const extents = await extentsOf(file);

    expect(extents.filter(([kind]) => kind === "data")).toEqual([
      ["data", 5 * MIB + 512, 512],
      ["data", 4098 * MIB + 1024, 512],
    ]);
  });
});

describe("a block of a differencing VHDX", () => {
  it.each(HELD_AS_ZEROS)("that is %s hides the parent with zeros", async (state) => {
    const parent = await buildVhdx({ sizeBytes: 2 * MIB });
    await writeVhdxContent(parent, 0, filled(2 * MIB, 7));
    const child = await buildChildVhdx(parent);
    await setVhdxBlockState(child, 0, state);

    const images = await openVhdxChain(child, parent);

    expect(brief(await collectExtents(images[0]!))).toEqual([
      ["zero", 0, MIB],
      ["absent", MIB, MIB],
    ]);
    const content = Buffer.from(await readAllContent(...images));
    expect(content.equals(Buffer.concat([Buffer.alloc(MIB), Buffer.alloc(MIB, 7)]))).toBe(true);
  });

  it.each(HELD_AS_ZEROS)(
    "that is %s hides the parent even where it keeps an offset of stale bytes",
    async (state) => {
      const child = await buildChildVhdx(await buildVhdx({ sizeBytes: 2 * MIB }));
      await writeVhdxContent(child, 0, filled(512));
      await setVhdxBlockState(child, 0, state);

      const extents = await extentsOf(child, 0, MIB);

      expect(extents).toEqual([["zero", 0, MIB]]);
    },
  );

  it("that is fully present does not ask the bitmap", async () => {
    const child = await buildChildVhdx(await buildVhdx({ sizeBytes: 2 * MIB }));
    await writeVhdxContent(child, 512, filled(512));
    await setVhdxBlockState(child, 0, "fullyPresent");

    const extents = await extentsOf(child, 0, MIB);

    expect(extents).toEqual([["data", 0, MIB]]);
  });

  it("that holds nothing does not ask the bitmap, which may have stale bits", async () => {
    const child = await buildChildVhdx(await buildVhdx({ sizeBytes: 3 * MIB }));
    await writeVhdxContent(child, 0, filled(512));
    await writeVhdxContent(child, MIB, filled(512));
    await setVhdxBlockState(child, 1, "notPresent");

    const extents = await extentsOf(child, MIB, 2 * MIB);

    expect(extents).toEqual([["absent", MIB, 2 * MIB]]);
  });

  it("that is the last one does not turn up stale bits behind the end of the disk", async () => {
    const child = await buildChildVhdx(await buildVhdx({ sizeBytes: MIB + 1024 }));
    await writeVhdxContent(child, MIB, filled(512));
    await leaveStaleBytes(child);

    const extents = await extentsOf(child, MIB);

    expect(extents).toEqual([
      ["data", MIB, 512],
      ["absent", MIB + 512, 512],
    ]);
  });

  it("that was zero becomes fully present when it is written to, as the writer of these tests does it", async () => {
    const parent = await buildVhdx({ sizeBytes: 2 * MIB });
    await writeVhdxContent(parent, 0, filled(2 * MIB, 7));
    const child = await buildChildVhdx(parent);
    await setVhdxBlockState(child, 0, "zero");

    await writeVhdxContent(child, 0, filled(512, 9));

    const content = await readAllContent(...(await openVhdxChain(child, parent)));
    expect([content[0], content[511], content[512], content[MIB - 1], content[MIB]]).toEqual([
      9, 9, 0, 0, 7,
    ]);
  });

  it("with a bit for every other sector is told in pieces, without a gap", async () => {
    const child = await buildChildVhdx(await buildVhdx({ sizeBytes: 64 * MIB }), {
      blockSizeBytes: 64 * MIB,
    });
    await writeVhdxContent(child, 0, filled(512));
    const [image] = await openVhdxChain(child);
    editBytes(child, 4 * MIB, MIB, (view) => new Uint8Array(view.buffer).fill(0b0101_0101));

    const extents = await collectExtents(image!);

    const isAlternating = extents.every(
      ({ kind, offsetBytes, lengthBytes }, index) =>
        kind === (index % 2 === 0 ? "data" : "absent") &&
        offsetBytes === index * 512 &&
        lengthBytes === 512,
    );
    expect([isAlternating, extents.length]).toEqual([true, (64 * MIB) / 512]);
  });
});

describe("a table that is damaged after the image was opened", () => {
  it("is found out when it is read, if a state is reserved", async () => {
    const file = await buildVhdx();
    const [image] = await openVhdxChain(file);
    await putBatEntry(file, 3, 5n);

    const error = await failureOf(collectExtents(image!));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "block allocation table" } },
    });
  });

  it("is found out when it is read, if a bitmap is missing", async () => {
    const file = await buildChildVhdx(await buildVhdx());
    await writeVhdxContent(file, 0, filled(512));
    const [image] = await openVhdxChain(file);
    await putBatEntry(file, 4096, 0n);

    const error = await failureOf(collectExtents(image!));

    expect(error.code).toBe("CorruptImage");
  });

  it("is found out when it is read, if the file was cut", async () => {
    const file = await buildChildVhdx(await buildVhdx());
    await writeVhdxContent(file, 0, filled(512));
    const [image] = await openVhdxChain(file);
    await file.resize(4 * MIB + 10);

    const error = await failureOf(collectExtents(image!));

    expect(error).toMatchObject({
      code: "CorruptImage",
      details: { facts: { structure: "sector bitmap" } },
    });
  });
});
