/**
 * As vhdx-blocks.ts, for VHD.
 *
 * @see VHD 1.0 p. 5 (footer), p. 7 (dynamic disk header), p. 9 (block allocation table)
 */
import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { type BlockContent, type WrittenContent, makeBits } from "./vhdx-blocks";

const SECTOR_BYTES = 512;
const FOOTER_BYTES = 512;
const HEADER_BYTES = 1024;
/** Payload begins on a boundary of the volume, as in the images that Windows makes. */
const ALIGNMENT_BYTES = 4096;

/** Fills blocks of a new sparse VHD. @param path of an image that holds nothing yet */
export async function fillVhd(path: string, content: BlockContent): Promise<WrittenContent> {
  const { everyBlock = 1, maxBlocks = Infinity } = content;
  const file = await open(path, "r+");
  try {
    const sizeBytes = (await file.stat()).size;
    const footer = Buffer.alloc(FOOTER_BYTES);
    await file.read(footer, 0, FOOTER_BYTES, sizeBytes - FOOTER_BYTES);
    const header = Buffer.alloc(HEADER_BYTES);
    await file.read(header, 0, HEADER_BYTES, Number(footer.readBigUInt64BE(16)));
    const tableOffsetBytes = Number(header.readBigUInt64BE(16));
    const blockCount = header.readUInt32BE(28);
    const blockSizeBytes = header.readUInt32BE(32);
    const runBytes = content.runBytes ?? 2 * blockSizeBytes;
    const bits = makeBits(blockSizeBytes, runBytes, "vhd");
    const payload = content.isFilled === true ? randomBytes(blockSizeBytes) : undefined;
    let endBytes = sizeBytes - FOOTER_BYTES;
    let written = 0;
    for (let block = 0; block < blockCount && written < maxBlocks; block += everyBlock) {
      const payloadOffset = Math.ceil((endBytes + bits.length) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      const blockOffset = payloadOffset - bits.length;
      const entry = Buffer.alloc(4);
      entry.writeUInt32BE(blockOffset / SECTOR_BYTES);
      await file.write(entry, 0, entry.length, tableOffsetBytes + block * 4);
      await file.write(bits, 0, bits.length, blockOffset);
      if (payload !== undefined) {
        await file.write(payload, 0, payload.length, payloadOffset);
      }
      endBytes = payloadOffset + blockSizeBytes;
      written += 1;
    }
    await file.write(footer, 0, FOOTER_BYTES, endBytes);
    const rangesOfBlock = Math.max(1, blockSizeBytes / runBytes / 2);
    return {
      rangeCount: written * rangesOfBlock,
      tableOffsetBytes,
      tableLengthBytes: blockCount * 4,
    };
  } finally {
    await file.close();
  }
}
