import { MIB } from "../../../../provider/image/bytes";
import { growVhdx } from "../../../../provider/image/vhdx/grow";
import { readVhdxStructures } from "../../../../provider/image/vhdx/structures";
import { filled } from "../../../support/filled";
import { collectExtents, readAllContent } from "../../../support/image-content";
import {
  buildChildVhdx,
  buildVhdx,
  openVhdxChain,
  openVhdxImage,
} from "../../../support/vhdx-image";
import {
  leaveStaleBytes,
  leaveStaleEntries,
  setVhdxBlockState,
  writeVhdxContent,
} from "../../../support/vhdx-writer";

describe("growing a differencing VHDX", () => {
  it("keeps what it holds and what its blocks hide", async () => {
    const parent = await buildVhdx({ sizeBytes: 2 * MIB });
    await writeVhdxContent(parent, 0, filled(2 * MIB, 3));
    const child = await buildChildVhdx(parent);
    await writeVhdxContent(child, 512, filled(512, 7));
    await setVhdxBlockState(child, 1, "zero");

    await growVhdx(child, 4 * MIB);

    const content = Buffer.from(await readAllContent(...(await openVhdxChain(child, parent))));
    const expected = Buffer.concat([
      filled(512, 3),
      filled(512, 7),
      filled(MIB - 1024, 3),
      Buffer.alloc(3 * MIB),
    ]);
    expect(content.equals(expected)).toBe(true);
  });

  it("does not turn up stale bits of the bitmap, neither in the last block nor in new ones", async () => {
    const child = await buildChildVhdx(await buildVhdx({ sizeBytes: MIB + 512 }));
    await writeVhdxContent(child, MIB, filled(512, 7));
    await leaveStaleBytes(child);

    await growVhdx(child, 3 * MIB);
    await writeVhdxContent(child, 2 * MIB, filled(512, 9));

    expect(await collectExtents(await openVhdxImage(child))).toMatchObject([
      { kind: "absent", lengthBytes: MIB },
      { kind: "data", lengthBytes: 512 },
      { kind: "absent", lengthBytes: MIB - 512 },
      { kind: "data", lengthBytes: 512 },
      { kind: "absent" },
    ]);
    const { table } = await readVhdxStructures(child);
    const bits = new Uint8Array(MIB);
    child.readNow(4 * MIB, bits);
    expect(table.geometry.chunkCount).toBe(1);
    expect(bits.reduce((sum, byte) => sum + byte, 0)).toBe(2);
  });

  it("clears stale entries inside its last chunk, but not the entry of the bitmap", async () => {
    const child = await buildChildVhdx(await buildVhdx({ sizeBytes: 2 * MIB }));
    await writeVhdxContent(child, MIB, filled(512, 7));
    const { table, regions } = await readVhdxStructures(child);
    const staleCount = table.geometry.chunkRatio - table.geometry.blockCount;
    child.writeNow(regions.bat.offsetBytes + 2 * 8, filled(staleCount * 8, 0xff));
    await leaveStaleEntries(child);

    await growVhdx(child, 5000 * MIB);

    expect(await collectExtents(await openVhdxImage(child))).toMatchObject([
      { kind: "absent", lengthBytes: MIB },
      { kind: "data", lengthBytes: 512 },
      { kind: "absent" },
    ]);
  });

  it("moves its table with the bitmaps of all chunks", async () => {
    const child = await buildChildVhdx(await buildVhdx({ sizeBytes: 100_000 * MIB }));
    await writeVhdxContent(child, 99_999 * MIB, filled(512, 7));

    await growVhdx(child, 200_000 * MIB);

    expect((await readVhdxStructures(child)).regions.bat.lengthBytes).toBe(2 * MIB);
    expect(await collectExtents(await openVhdxImage(child))).toMatchObject([
      { kind: "absent", lengthBytes: 99_999 * MIB },
      { kind: "data", lengthBytes: 512 },
      { kind: "absent" },
    ]);
  });
});
