import { GIB, MIB, viewOf } from "../../../../provider/image/bytes";
import { createVhd } from "../../../../provider/image/vhd/create";
import { openVhd } from "../../../../provider/image/vhd/open";
import { failureOf } from "../../../support/failure-of";
import { collectDataRanges, collectExtents } from "../../../support/image-content";
import { MemoryFile } from "../../../support/memory-file";

const SIZE_BYTES = 127 * GIB;
const BLOCK_COUNT = SIZE_BYTES / (2 * MIB);
const TABLE_OFFSET_BYTES = 1536;
const FIRST_BLOCK_BYTES = MIB;
const SPAN_BYTES = 2 * MIB + 512;

/**
 * A dynamic disk all of whose blocks are allocated and held; bitmaps and content are made up as
 * they are read.
 */
class FullDisk extends MemoryFile {
  static async create(): Promise<FullDisk> {
    const file = new FullDisk("full.vhd");
    await createVhd(file, { type: "dynamic", sizeBytes: SIZE_BYTES });
    const footer = new Uint8Array(512);
    file.readNow(0, footer);
    for (let block = 0; block < BLOCK_COUNT; block += 1) {
      // In an order that is not that of the disk, as machines write it: 7919 is prime to the number
      // of blocks.
      file.putEntry(block, FIRST_BLOCK_BYTES + ((block * 7919) % BLOCK_COUNT) * SPAN_BYTES);
    }
    file.writeNow(FIRST_BLOCK_BYTES + BLOCK_COUNT * SPAN_BYTES, footer);
    return file;
  }

  override readNow(offsetBytes: number, target: Uint8Array): number {
    const count = super.readNow(offsetBytes, target);
    const isInBlocks =
      offsetBytes >= FIRST_BLOCK_BYTES &&
      offsetBytes < FIRST_BLOCK_BYTES + BLOCK_COUNT * SPAN_BYTES;
    return isInBlocks ? target.fill(0xff).length : count;
  }

  putEntry(block: number, offsetBytes: number): void {
    const entry = new Uint8Array(4);
    viewOf(entry).setUint32(0, offsetBytes / 512);
    this.writeNow(TABLE_OFFSET_BYTES + block * 4, entry);
  }
}

describe("a VHD with 65,024 allocated blocks", () => {
  it("is opened by its table alone, and told block by block", async () => {
    const file = await FullDisk.create();
    file.bytesRead = 0;

    const image = await openVhd(file);
    const bytesReadByOpening = file.bytesRead;
    const ranges = await collectDataRanges(image);

    expect(bytesReadByOpening).toBeLessThan(BLOCK_COUNT * 4 + 4096);
    expect(ranges).toEqual([{ offsetBytes: 0, lengthBytes: SIZE_BYTES }]);
    expect(file.bytesRead).toBeLessThan(2 * (BLOCK_COUNT * 4 + 4096) + BLOCK_COUNT * 512);
  });

  it("reads one page of the table and one bitmap for a small window, wherever it is", async () => {
    const file = await FullDisk.create();
    const image = await openVhd(file);
    file.bytesRead = 0;

    const extents = await collectExtents(image, 100 * GIB + 4096, 4096);

    expect(extents).toMatchObject([
      { kind: "data", offsetBytes: 100 * GIB + 4096, lengthBytes: 4096 },
    ]);
    expect(file.bytesRead).toBeLessThan(64 * 1024 + 512);
  });

  it("is refused when two of them overlap by one sector, however far apart their entries are", async () => {
    const file = await FullDisk.create();
    file.putEntry(BLOCK_COUNT - 1, FIRST_BLOCK_BYTES + SPAN_BYTES - 512);

    const error = await failureOf(openVhd(file));

    expect(error.message).toContain(
      `two blocks overlap at ${FIRST_BLOCK_BYTES + SPAN_BYTES - 512}`,
    );
  });
});
