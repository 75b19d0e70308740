import fc from "fast-check";
import { isDiskError } from "../../provider/disk/errors";
import { KIB, MIB } from "../../provider/image/bytes";
import { sealChecksum } from "../../provider/image/vhdx/checksum";
import { readVhdxStructures } from "../../provider/image/vhdx/structures";
import { collectExtents } from "../support/image-content";
import type { MemoryFile } from "../support/memory-file";
import { soakRuns } from "../support/soak";
import { buildChildVhdx, buildVhdx, openVhdxChain } from "../support/vhdx-image";
import { logVhdxChange, setVhdxBlockState, writeVhdxContent } from "../support/vhdx-writer";

jest.setTimeout(60_000);

/** Bytes of an image that mean something, and how to make what was changed there valid again. */
interface Area {
  readonly name: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** The structure around the area whose checksum can be made right. */
  readonly sealed?: { readonly offsetBytes: number; readonly lengthBytes: number };
}

/** A differencing disk with blocks of every state, a log to replay, and a parent locator. */
async function buildImage(): Promise<{ file: MemoryFile; areas: Area[] }> {
  const file = await buildChildVhdx(await buildVhdx({ sizeBytes: 6 * MIB + 512 }));
  await writeVhdxContent(file, 512, new Uint8Array(1024).fill(1));
  await writeVhdxContent(file, MIB, new Uint8Array(512).fill(2));
  await setVhdxBlockState(file, 1, "fullyPresent");
  await setVhdxBlockState(file, 2, "zero");
  await setVhdxBlockState(file, 3, "unmapped");
  const { metadata, regions, table } = await readVhdxStructures(file);
  const log = await logVhdxChange(file, async (copy) => {
    await setVhdxBlockState(copy, 4, "undefined");
    await writeVhdxContent(copy, 6 * MIB, new Uint8Array(512).fill(3));
  });
  const items = { start: metadata.items[0]!.offsetBytes, last: metadata.items.at(-1)! };
  const entry = { offsetBytes: log.entryOffsetBytes, lengthBytes: log.entryLengthBytes };
  const areas: Area[] = [
    { name: "identifier", offsetBytes: 0, lengthBytes: 128 },
    ...[64 * KIB, 128 * KIB].map((offsetBytes) => ({
      name: "header",
      offsetBytes,
      lengthBytes: 96,
      sealed: { offsetBytes, lengthBytes: 4 * KIB },
    })),
    ...[192 * KIB, 256 * KIB].map((offsetBytes) => ({
      name: "region table",
      offsetBytes,
      lengthBytes: 112,
      sealed: { offsetBytes, lengthBytes: 64 * KIB },
    })),
    {
      name: "log header and descriptors",
      offsetBytes: entry.offsetBytes,
      lengthBytes: 256,
      sealed: entry,
    },
    { name: "log data", offsetBytes: entry.offsetBytes + 4 * KIB, lengthBytes: 32, sealed: entry },
    { name: "metadata table", offsetBytes: regions.metadata.offsetBytes, lengthBytes: 256 },
    {
      name: "metadata items",
      offsetBytes: regions.metadata.offsetBytes + items.start,
      lengthBytes: items.last.offsetBytes + items.last.lengthBytes - items.start,
    },
    { name: "payload entries", offsetBytes: regions.bat.offsetBytes, lengthBytes: 72 },
    {
      name: "bitmap entry",
      offsetBytes: regions.bat.offsetBytes + table.geometry.chunkRatio * 8,
      lengthBytes: 16,
    },
    { name: "bitmap", offsetBytes: 4 * MIB, lengthBytes: 16 },
  ];
  return { file, areas };
}

/**
 * Opens an image and looks at all of it; anything but a right answer or a DiskError fails the test.
 */
async function examine(file: MemoryFile): Promise<"answered" | "refused"> {
  try {
    const [image] = await openVhdxChain(file);
    let at = 0;
    for (const extent of await collectExtents(image!)) {
      if (extent.offsetBytes !== at || extent.lengthBytes <= 0) {
        throw new Error(`a gap before ${extent.offsetBytes}, expected ${at}`);
      }
      at += extent.lengthBytes;
      if (extent.kind === "data") {
        const sample = new Uint8Array(Math.min(extent.lengthBytes, 4 * KIB));
        const count = await image!.file.read(extent.fileOffsetBytes, sample);
        expect(count).toBe(sample.length);
      }
    }
    expect(at).toBe(image!.properties.sizeBytes);
    return "answered";
  } catch (error) {
    if (isDiskError(error, "CorruptImage") || isDiskError(error, "UnsupportedImage")) {
      return "refused";
    }
    throw error;
  }
}

function readBytes(file: MemoryFile, offsetBytes: number, lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  file.readNow(offsetBytes, bytes);
  return bytes;
}

function seal(file: MemoryFile, { sealed }: Area): void {
  if (sealed !== undefined) {
    const bytes = readBytes(file, sealed.offsetBytes, sealed.lengthBytes);
    sealChecksum(bytes);
    file.writeNow(sealed.offsetBytes, bytes);
  }
}

/** Changes bytes, examines the image, and puts everything back. */
async function examineChanged(
  file: MemoryFile,
  area: Area,
  offsetBytes: number,
  bytes: Uint8Array,
  isSealed: boolean,
): Promise<"answered" | "refused"> {
  const whole = area.sealed ?? area;
  const before = readBytes(file, whole.offsetBytes, whole.lengthBytes);
  file.writeNow(offsetBytes, bytes);
  if (isSealed) {
    seal(file, area);
  }
  try {
    return await examine(file);
  } finally {
    file.writeNow(whole.offsetBytes, before);
  }
}

describe("a damaged VHDX", () => {
  it("is answered or refused, whichever single byte of its structures is changed", async () => {
    const { file, areas } = await buildImage();
    const tally = { answered: 0, refused: 0 };

    for (const area of areas) {
      for (let at = area.offsetBytes; at < area.offsetBytes + area.lengthBytes; at += 1) {
        const [byte = 0] = readBytes(file, at, 1);
        for (const isSealed of area.sealed === undefined ? [false] : [false, true]) {
          const mask = isSealed || area.sealed === undefined ? 1 << (at % 8) : 0xff;
          tally[await examineChanged(file, area, at, Uint8Array.of(byte ^ mask), isSealed)] += 1;
        }
      }
    }

    expect(await examine(file)).toBe("answered");
    expect(tally.answered).toBeGreaterThan(100);
    expect(tally.refused).toBeGreaterThan(100);
  });

  it("is answered or refused, whatever bytes are in one of its structures", async () => {
    const { file, areas } = await buildImage();
    const change = fc.record({
      area: fc.constantFrom(...areas),
      start: fc.nat(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
      isSealed: fc.boolean(),
    });

    await fc.assert(
      fc.asyncProperty(change, async ({ area, start, bytes, isSealed }) => {
        const offset = start % area.lengthBytes;
        const part = bytes.subarray(0, area.lengthBytes - offset);

        const answer = await examineChanged(file, area, area.offsetBytes + offset, part, isSealed);

        expect(["answered", "refused"]).toContain(answer);
      }),
      { numRuns: soakRuns(500) },
    );
  });

  it("is refused when both of its headers are random bytes", async () => {
    const { file } = await buildImage();

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 80, maxLength: 4 * KIB }), async (bytes) => {
        file.writeNow(64 * KIB, bytes);
        file.writeNow(128 * KIB, bytes);

        expect(await examine(file)).toBe("refused");
      }),
      { numRuns: soakRuns(50) },
    );
  });
});
