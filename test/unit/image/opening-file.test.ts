import { GIB, MIB } from "../../../provider/image/bytes";
import type { CreateImageRequest } from "../../../provider/image/driver";
import { FORMAT_DRIVERS } from "../../../provider/image/formats";
import { readContent } from "../../../provider/image/content";
import { openImage } from "../../../provider/image/open-image";
import { OpeningFile } from "../../../provider/image/opening-file";
import { MemoryFile } from "../../support/memory-file";
import { writeVhdContent } from "../../support/vhd-writer";
import { writeVhdxContent } from "../../support/vhdx-writer";

const PARENT = {
  linkageId: "ba5eba5e-1111-4111-8111-111111111111",
  diskId: "ba5eba5e-1111-4111-8111-111111111111",
  absolutePath: "/disks/base",
  relativePath: ".\\base",
};

const DYNAMIC: CreateImageRequest = { type: "dynamic", sizeBytes: 64 * GIB };
const DIFFERENCING: CreateImageRequest = {
  type: "differencing",
  sizeBytes: 64 * GIB,
  parent: PARENT,
};

async function build(format: "vhd" | "vhdx", request: CreateImageRequest): Promise<MemoryFile> {
  const file = new MemoryFile(`disk.${format}`);
  await FORMAT_DRIVERS[format].create(file, request);
  return file;
}

describe("opening an image takes few requests", () => {
  it.each<["vhd" | "vhdx", CreateImageRequest, number, string]>([
    ["vhdx", DYNAMIC, 3, "the head, the metadata and the table"],
    ["vhdx", DIFFERENCING, 3, "the head, the metadata and the table"],
    ["vhd", DYNAMIC, 1, "the whole file"],
    ["vhd", DIFFERENCING, 1, "the whole file"],
    ["vhd", { ...DYNAMIC, sizeBytes: 500 * GIB }, 3, "the head, the footer and the table"],
    ["vhd", { type: "fixed", sizeBytes: 64 * GIB }, 2, "the head and the footer"],
  ])("of a %s disk (%j): %d, %s", async (format, request, count) => {
    const file = await build(format, request);
    file.readCount = 0;

    await openImage(file);

    expect(file.readCount).toBe(count);
  });
});

describe("reading the content of a disk that is open takes few requests", () => {
  it.each([
    ["vhd", DYNAMIC, writeVhdContent, 1],
    ["vhd", DIFFERENCING, writeVhdContent, 1],
    ["vhdx", DYNAMIC, writeVhdxContent, 1],
    ["vhdx", DIFFERENCING, writeVhdxContent, 1],
  ] as const)("of a %s disk (%j)", async (format, request, write, count) => {
    const file = await build(format, { ...request, sizeBytes: 64 * MIB });
    await write(file, 0, new Uint8Array(2 * MIB).fill(7));
    const image = await openImage(file);
    const bytes = new Uint8Array(MIB);
    await readContent([image], 0, bytes);
    file.readCount = 0;

    await readContent([image], MIB, bytes);

    expect(file.readCount).toBe(count);
    expect(bytes.every((byte) => byte === 7)).toBe(true);
  });
});

describe("a file that is being opened", () => {
  it("reads the same whether a part was fetched before or not, also at its end", async () => {
    const file = MemoryFile.of(Uint8Array.from({ length: 1000 }, (_, index) => index % 251));
    const opening = new OpeningFile(file);
    await opening.fetch(100, 300);
    await opening.fetch(900, 5000);

    for (const [offsetBytes, lengthBytes] of [
      [0, 50],
      [100, 300],
      [150, 20],
      [90, 50],
      [950, 100],
      [1000, 10],
      [2000, 1],
    ] as const) {
      const [left, right] = [new Uint8Array(lengthBytes), new Uint8Array(lengthBytes)];
      expect(await opening.read(offsetBytes, left)).toBe(await file.read(offsetBytes, right));
      expect(left).toEqual(right);
    }
  });
});
