import * as fc from "fast-check";
import { isDiskError } from "../../provider/disk/errors";
import { MIB, viewOf } from "../../provider/image/bytes";
import { openVhd } from "../../provider/image/vhd/open";
import { collectExtents, readAllContent } from "../support/image-content";
import { MemoryFile } from "../support/memory-file";
import { md5 } from "../support/oracles";
import {
  BLOCK_SIZE_BYTES,
  bitmapOffsetOf,
  buildChildVhd,
  buildVhd,
  editDynamicHeader,
  editFooter,
} from "../support/vhd-image";
import { soakRuns } from "../support/soak";
import { writeVhdContent } from "../support/vhd-writer";

const REFUSED = "refused";
/**
 * A sound image of these tests takes a few kilobytes to open; a damaged one must not take much
 * more.
 */
const MOST_BYTES_READ = MIB;

/** Opens and reads an image to its end. Anything but an answer or a DiskError fails the test. */
async function observe(file: MemoryFile): Promise<string> {
  try {
    const image = await openVhd(file);
    const { sizeBytes } = image.properties;
    let at = 0;
    for (const extent of await collectExtents(image, 0, Math.min(sizeBytes, MIB))) {
      if (extent.offsetBytes !== at) {
        throw new Error(`a gap before ${extent.offsetBytes}, expected ${at}`);
      }
      at += extent.lengthBytes;
    }
    expect(at).toBe(Math.min(sizeBytes, MIB));
    const content = sizeBytes <= MIB ? md5(await readAllContent(image)) : "";
    return JSON.stringify({ properties: image.properties, content });
  } catch (error) {
    const isRefusal = isDiskError(error, "CorruptImage") || isDiskError(error, "UnsupportedImage");
    if (!isRefusal || !error.message.includes(file.name)) {
      throw error;
    }
    return REFUSED;
  } finally {
    expect(file.bytesRead).toBeLessThan(MOST_BYTES_READ);
  }
}

async function observeMutation(bytes: Uint8Array, index: number, change: number): Promise<string> {
  const file = MemoryFile.of(bytes, "mutated.vhd");
  file.writeNow(index, Uint8Array.of((bytes[index] ?? 0) ^ change));
  return observe(file);
}

/** Three blocks, the middle one of them in part. */
async function writeSome(file: MemoryFile): Promise<MemoryFile> {
  await writeVhdContent(file, 0, new Uint8Array(BLOCK_SIZE_BYTES + 1024).fill(7));
  await writeVhdContent(file, 9 * BLOCK_SIZE_BYTES, new Uint8Array(1536).fill(9));
  return file;
}

describe("a damaged VHD", () => {
  it.each([
    ["dynamic", () => buildVhd()],
    ["differencing", () => buildChildVhd()],
  ])(
    "is read right or refused after any change of one byte under a checksum (%s)",
    async (_, build) => {
      const bytes = (await writeSome(await build())).toBytes();
      const sound = await observe(MemoryFile.of(bytes));
      const checked = [...bytes.keys()].filter(
        (index) => index < 1536 || index >= bytes.length - 512,
      );

      for (const index of checked) {
        expect([sound, REFUSED]).toContain(await observeMutation(bytes, index, 0xff));
        expect([sound, REFUSED]).toContain(await observeMutation(bytes, index, 1 << (index % 8)));
      }
    },
  );

  it("is read right or refused after any change of one byte of a fixed disk's footer", async () => {
    const bytes = (await buildVhd({ type: "fixed" })).toBytes();
    const sound = await observe(MemoryFile.of(bytes));

    for (let index = bytes.length - 512; index < bytes.length; index += 1) {
      expect([sound, REFUSED]).toContain(await observeMutation(bytes, index, 0xff));
    }
  });

  it("reads something or is refused after any change of one byte elsewhere: table, bitmaps, paths, content", async () => {
    const file = await writeSome(await buildChildVhd());
    const bytes = file.toBytes();
    const bitmaps = await Promise.all([0, 1, 9].map((block) => bitmapOffsetOf(file, block)));
    // Unused space is left out, and content: nothing there is parsed.
    const areas = [
      [1536, 0x1100],
      [0x2000, 0x2200],
      [0x3000, 0x3040],
      ...bitmaps.map((start) => [start, start + 520]),
    ];
    const indexes = [...bytes.keys()].filter((index) =>
      areas.some(([start, end]) => index >= start! && index < end!),
    );

    for (const index of indexes) {
      await observeMutation(bytes, index, 1 << (index % 8));
    }
    expect(indexes.length).toBeGreaterThan(4000);
  });

  it("is read right or refused when it is cut off anywhere", async () => {
    const file = await writeSome(await buildVhd());
    const bytes = file.toBytes();
    const sound = await observe(file);

    for (let lengthBytes = 0; lengthBytes < bytes.length; lengthBytes += 13) {
      const seen = await observe(MemoryFile.of(bytes.subarray(0, lengthBytes), "cut.vhd"));
      expect([sound, REFUSED]).toContain(seen);
    }
  });

  it("is answered, whatever its bytes", async () => {
    const cookie = fc.constantFrom("", "conectix");
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        cookie,
        cookie,
        async (bytes, first, last) => {
          const file = MemoryFile.of(bytes, "random.vhd");
          file.writeNow(0, Buffer.from(first));
          file.writeNow(Math.max(0, bytes.length - 512), Buffer.from(last));

          await observe(file);
        },
      ),
      { numRuns: soakRuns(300) },
    );
  });

  it("is answered, whatever its fields say under right checksums", async () => {
    const edits = fc.array(
      fc.tuple(
        fc.constantFrom("footer", "end", "copy", "header"),
        // From the first field behind the cookie to the last locator.
        fc.oneof(fc.integer({ min: 8, max: 90 }), fc.integer({ min: 8, max: 760 })),
        fc.oneof(fc.constantFrom(0, 1, 0xff, 0x7f, 0x80), fc.nat(255)),
      ),
      { minLength: 1, maxLength: 6 },
    );
    const bytes = (await writeSome(await buildChildVhd())).toBytes();
    await fc.assert(
      fc.asyncProperty(edits, async (list) => {
        const file = MemoryFile.of(bytes, "edited.vhd");
        for (const [where, offset, value] of list) {
          if (where === "header") {
            editDynamicHeader(file, (view) => view.setUint8(offset, value));
          } else {
            await editFooter(
              file,
              (view) => view.setUint8(offset % 512, value),
              where === "footer" ? "both" : where,
            );
          }
        }

        await observe(file);
      }),
      { numRuns: soakRuns(1500) },
    );
  });

  it("is answered, whatever its table says", async () => {
    const entries = fc.array(
      fc.oneof(fc.nat(200), fc.constantFrom(0xffffffff, 0xfffffffe), fc.nat(0xffffffff)),
      {
        minLength: 10,
        maxLength: 10,
      },
    );
    const bytes = (await writeSome(await buildVhd())).toBytes();
    await fc.assert(
      fc.asyncProperty(entries, async (sectors) => {
        const file = MemoryFile.of(bytes, "table.vhd");
        const table = new Uint8Array(40);
        for (const [block, sector] of sectors.entries()) {
          viewOf(table).setUint32(block * 4, sector);
        }
        file.writeNow(1536, table);

        await observe(file);
      }),
      { numRuns: soakRuns(500) },
    );
  });
});
