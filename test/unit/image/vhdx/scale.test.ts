import { KIB, MIB, TIB } from "../../../../provider/image/bytes";
import { growVhdx } from "../../../../provider/image/vhdx/grow";
import { collectExtents } from "../../../support/image-content";
import { buildChildVhdx, buildVhdx, openVhdxChain } from "../../../support/vhdx-image";
import { setVhdxBlockState, writeVhdxContent } from "../../../support/vhdx-writer";

jest.setTimeout(60_000);

const LARGEST = 64 * TIB;

describe("a VHDX of 64 TiB", () => {
  it("opens reading hardly more than its table, where each block has 32 MiB", async () => {
    const file = await buildVhdx({ sizeBytes: LARGEST, blockSizeBytes: 32 * MIB });
    file.bytesRead = 0;

    const [image] = await openVhdxChain(file);

    const tableLength = (LARGEST / (32 * MIB)) * 8;
    expect(image!.properties.sizeBytes).toBe(LARGEST);
    expect(file.bytesRead).toBeLessThan(1.01 * tableLength + MIB);
  });

  it("is one absent run when it is empty", async () => {
    const [image] = await openVhdxChain(
      await buildVhdx({ sizeBytes: LARGEST, blockSizeBytes: 32 * MIB }),
    );

    const extents = await collectExtents(image!);

    expect(extents).toEqual([{ kind: "absent", offsetBytes: 0, lengthBytes: LARGEST }]);
  });

  it("finds what is in the last sector, over 16 million blocks", async () => {
    const parent = await buildVhdx({ sizeBytes: LARGEST, blockSizeBytes: 256 * MIB });
    const file = await buildChildVhdx(parent, { blockSizeBytes: 4 * MIB });
    await writeVhdxContent(file, LARGEST - 512, new Uint8Array(512).fill(1));
    const [image] = await openVhdxChain(file);

    const extents = await collectExtents(image!);

    expect(extents).toMatchObject([
      { kind: "absent", lengthBytes: LARGEST - 512 },
      { kind: "data", offsetBytes: LARGEST - 512, lengthBytes: 512 },
    ]);
  });

  it("reads a window without the rest of the table", async () => {
    const file = await buildVhdx({ sizeBytes: LARGEST, blockSizeBytes: 4 * MIB });
    await setVhdxBlockState(file, 10_000_000, "zero");
    const [image] = await openVhdxChain(file);
    file.bytesRead = 0;

    const extents = await collectExtents(image!, 9_999_999 * 4 * MIB, 12 * MIB);

    expect(extents.map((extent) => extent.kind)).toEqual(["absent", "zero", "absent"]);
    expect(file.bytesRead).toBeLessThanOrEqual(64 * KIB);
  });

  it("is reached by growing a small disk, which writes no more than it must", async () => {
    const file = await buildVhdx({ sizeBytes: 8 * MIB, blockSizeBytes: 32 * MIB });

    await growVhdx(file, LARGEST);

    const [image] = await openVhdxChain(file);
    expect(await collectExtents(image!)).toEqual([
      { kind: "absent", offsetBytes: 0, lengthBytes: LARGEST },
    ]);
  });
});
