import { type ChangedRange, appendRange } from "../../../provider/disk/ranges";
import { readChanges } from "../../../provider/image/changes";
import { openChain } from "../../../provider/image/chain";
import { growVhdx } from "../../../provider/image/vhdx/grow";
import { readVhdxStructures } from "../../../provider/image/vhdx/structures";
import { readAllContent } from "../../support/image-content";
import { MemoryDisks } from "../../support/memory-disks";
import { editHeaders } from "../../support/vhdx-image";
import { serializeGuidBytes } from "../../../provider/disk/guid";

const MIB = 1024 * 1024;
const DATA_WRITE_ID_OFFSET = 32;

/**
 * A base of 8 MiB full of 7, a middle disk of 4 MiB and a leaf of 8 MiB, as a tool that resizes
 * carelessly leaves them.
 */
async function openShrunkChain() {
  const disks = new MemoryDisks("vhdx");
  await disks.createBase("/base", 4 * MIB);
  await disks.createChild("/middle", "/base");
  await disks.createChild("/leaf", "/middle", 8 * MIB);
  const base = disks.files.get("/base")!;
  const { dataWriteId } = (await readVhdxStructures(base)).current.header;
  await growVhdx(base, 8 * MIB);
  await disks.write("/base", 0, new Uint8Array(8 * MIB).fill(7));
  editHeaders(base, (header) => {
    for (const [index, byte] of serializeGuidBytes(dataWriteId).entries()) {
      header.setUint8(DATA_WRITE_ID_OFFSET + index, byte);
    }
  });
  const chain = await openChain(disks, "/leaf");
  return chain.links.map((link) => link.image);
}

async function collectChanges(
  window: ChangedRange,
  baselineDepth: number,
): Promise<ChangedRange[]> {
  const images = await openShrunkChain();
  const baselineSizeBytes = images[baselineDepth]!.properties.sizeBytes;
  const ranges: ChangedRange[] = [];
  for await (const batch of readChanges(
    images.slice(0, baselineDepth),
    window,
    baselineSizeBytes,
  )) {
    for (const range of batch.ranges) {
      appendRange(ranges, range);
    }
  }
  return ranges;
}

describe("a chain whose middle disk is smaller than the disk below it", () => {
  it("reads as zeros behind the end of the middle disk", async () => {
    const content = await readAllContent(...(await openShrunkChain()));

    expect(content.subarray(0, 4 * MIB).every((byte) => byte === 7)).toBe(true);
    expect(content.subarray(4 * MIB).every((byte) => byte === 0)).toBe(true);
  });

  it("has changed since the base where the middle disk hides what the base holds", async () => {
    const whole = await collectChanges({ offsetBytes: 0, lengthBytes: 8 * MIB }, 2);
    const part = await collectChanges({ offsetBytes: 5 * MIB, lengthBytes: MIB }, 2);

    expect(whole).toEqual([{ offsetBytes: 4 * MIB, lengthBytes: 4 * MIB }]);
    expect(part).toEqual([{ offsetBytes: 5 * MIB, lengthBytes: MIB }]);
  });

  it("has not changed since the middle disk, which reads as zeros there as well", async () => {
    expect(await collectChanges({ offsetBytes: 0, lengthBytes: 8 * MIB }, 1)).toEqual([]);
  });
});
