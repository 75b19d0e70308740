import { FILE_SECTOR_SIZE_BYTES, readStructure } from "../../provider/image/bytes";
import type { RandomAccessFile } from "../../provider/image/random-access-file";
import { placeNextBlock } from "../../provider/image/vhd/block-placement";
import { bitmapSizeOf } from "../../provider/image/vhd/sector-bitmap";
import { type SparseStructures, readStructures } from "../../provider/image/vhd/structures";

/**
 * Writes content into a VHD as a machine would that has it attached: blocks are allocated, the bits
 * of written sectors set and the footer moved. Simple rather than fast, and not safe against a
 * power loss.
 *
 * @param offsetBytes a multiple of the sector size
 * @param bytes whole sectors, inside the disk
 */
export async function writeVhdContent(
  file: RandomAccessFile,
  offsetBytes: number,
  bytes: Uint8Array,
): Promise<void> {
  if (offsetBytes % FILE_SECTOR_SIZE_BYTES !== 0 || bytes.length % FILE_SECTOR_SIZE_BYTES !== 0) {
    throw new Error(
      `content is written in whole sectors, not ${bytes.length} bytes at ${offsetBytes}`,
    );
  }
  const { current, sparse } = await readStructures(file);
  if (offsetBytes + bytes.length > current.footer.sizeBytes) {
    throw new Error(`${bytes.length} bytes at ${offsetBytes} are not inside the disk`);
  }
  if (sparse === undefined) {
    await file.write(offsetBytes, bytes);
    return;
  }
  const { blockSizeBytes } = sparse.header;
  for (let done = 0; done < bytes.length;) {
    const start = (offsetBytes + done) % blockSizeBytes;
    const part = bytes.subarray(done, done + blockSizeBytes - start);
    const block = Math.floor((offsetBytes + done) / blockSizeBytes);
    await writeIntoBlock(file, sparse, block, start, part);
    done += part.length;
  }
}

async function writeIntoBlock(
  file: RandomAccessFile,
  { table, header }: SparseStructures,
  block: number,
  start: number,
  bytes: Uint8Array,
): Promise<void> {
  const bitmapSizeBytes = bitmapSizeOf(header.blockSizeBytes);
  const blockOffset =
    (await table.findBlock(block)) ?? (await allocateBlock(file, table.entryOffsetOf(block)));
  await file.write(blockOffset + bitmapSizeBytes + start, bytes);

  const bitmap = await readStructure(file, "sector bitmap", blockOffset, bitmapSizeBytes);
  const firstSector = start / FILE_SECTOR_SIZE_BYTES;
  for (
    let sector = firstSector;
    sector < firstSector + bytes.length / FILE_SECTOR_SIZE_BYTES;
    sector += 1
  ) {
    bitmap[sector >>> 3] = (bitmap[sector >>> 3] ?? 0) | (0x80 >>> (sector & 7));
  }
  await file.write(blockOffset, bitmap);
}

/**
 * Puts a block where the footer is, and the footer behind it. @returns where the bitmap of the
 * block begins
 */
async function allocateBlock(file: RandomAccessFile, entryOffsetBytes: number): Promise<number> {
  const { current, sparse } = await readStructures(file);
  const blockSizeBytes = sparse?.header.blockSizeBytes ?? 0;
  const blockOffset = placeNextBlock(current.endOfDataBytes, blockSizeBytes);
  const endOfBlock = blockOffset + bitmapSizeOf(blockSizeBytes) + blockSizeBytes;
  await file.resize(current.endOfDataBytes);
  await file.resize(endOfBlock);
  await file.write(placeNextBlock(endOfBlock, blockSizeBytes), current.bytes);

  const entry = Buffer.alloc(4);
  entry.writeUInt32BE(blockOffset / FILE_SECTOR_SIZE_BYTES);
  await file.write(entryOffsetBytes, entry);
  return blockOffset;
}
