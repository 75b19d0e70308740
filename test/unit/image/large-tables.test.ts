import { GIB, TIB } from "../../../provider/image/bytes";
import { openImage } from "../../../provider/image/open-image";
import { createVhd } from "../../../provider/image/vhd/create";
import { createVhdx } from "../../../provider/image/vhdx/create";
import type { RandomAccessFile } from "../../../provider/image/random-access-file";
import { MemoryFile } from "../../support/memory-file";

/** The same file, noting who reads. */
function noting(file: MemoryFile, readers: string[], name: string): RandomAccessFile {
  return {
    name,
    readSize: () => file.readSize(),
    read: (offsetBytes, target) => {
      if (readers.at(-1) !== name) {
        readers.push(name);
      }
      return file.read(offsetBytes, target);
    },
    write: () => Promise.reject(new Error("nothing is written")),
    resize: () => Promise.reject(new Error("nothing is resized")),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** How often the reader changes while many images are opened at once. */
async function countChanges(file: MemoryFile, imageCount: number): Promise<number> {
  const readers: string[] = [];
  const names = Array.from({ length: imageCount }, (_, index) => `image ${index}`);

  await Promise.all(names.map((name) => openImage(noting(file, readers, name))));

  return readers.length;
}

describe("images with tables of many megabytes that are opened at once", () => {
  it("are validated one after another where they are VHDs, so that memory is bounded", async () => {
    const file = new MemoryFile("large.vhd");
    await createVhd(file, { type: "dynamic", sizeBytes: 140 * GIB, blockSizeBytes: 512 * 1024 });

    // Taking turns, they would change for each of the 18 pages of a table.
    expect(await countChanges(file, 8)).toBeLessThan(8 * 10);
  });

  it("are validated one after another where they are VHDXs", async () => {
    const file = new MemoryFile("large.vhdx");
    await createVhdx(file, {
      type: "fixed",
      sizeBytes: 9 * TIB,
      blockSizeBytes: 256 * 1024 * 1024,
    });

    expect(await countChanges(file, 8)).toBeLessThan(8 * 4);
  });
});
