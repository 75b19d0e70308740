import { randomBytes } from "node:crypto";
import { FILE_SECTOR_SIZE_BYTES, viewOf } from "../../provider/image/bytes";
import { openNodeFile } from "../../provider/embedded/node-file";
import { placeNextBlock } from "../../provider/image/vhd/block-placement";
import { bitmapSizeOf } from "../../provider/image/vhd/sector-bitmap";
import { readStructures } from "../../provider/image/vhd/structures";
import type { Scattered, ScatteredContent } from "./sparse-vhdx";

/** As `scatterIntoVhdx`, for a differencing VHD. */
export async function scatterIntoVhd(path: string, content: ScatteredContent): Promise<Scattered> {
  const file = await openNodeFile(path, "read-write");
  try {
    const { current, sparse } = await readStructures(file);
    const { header, table } = sparse!;
    const bitmap = makeBitmap(header.blockSizeBytes, content.runBytes);
    let endBytes = current.endOfDataBytes;
    const bitmapOffsets: number[] = [];
    for (let block = 0; block < table.blockCount; block += content.everyBlock) {
      const offsetBytes = placeNextBlock(endBytes, header.blockSizeBytes);
      const entry = new Uint8Array(4);
      viewOf(entry).setUint32(0, offsetBytes / FILE_SECTOR_SIZE_BYTES);
      await file.write(table.entryOffsetOf(block), entry);
      await file.write(offsetBytes, bitmap);
      if (content.isFilled === true) {
        await file.write(offsetBytes + bitmap.length, randomBytes(header.blockSizeBytes));
      }
      endBytes = offsetBytes + bitmap.length + header.blockSizeBytes;
      bitmapOffsets.push(offsetBytes);
    }
    await file.write(placeNextBlock(endBytes, header.blockSizeBytes), current.bytes);
    const runsOfBlock = header.blockSizeBytes / content.runBytes / 2;
    return { entryCount: table.blockCount, bitmapOffsets, rangeCount: bitmapOffsets.length * runsOfBlock };
  } finally {
    await file.close();
  }
}

/** Every other run is held, beginning with the first. Runs of whole bytes have no order of bits. */
function makeBitmap(blockSizeBytes: number, runBytes: number): Uint8Array {
  const bitmap = new Uint8Array(bitmapSizeOf(blockSizeBytes));
  const runLength = runBytes / FILE_SECTOR_SIZE_BYTES / 8;
  for (let start = 0; start < blockSizeBytes / FILE_SECTOR_SIZE_BYTES / 8; start += 2 * runLength) {
    bitmap.fill(0xff, start, start + runLength);
  }
  return bitmap;
}
