import { KIB, MIB } from "../../../provider/image/bytes";
import { writeSparsely } from "../../../provider/image/write-sparsely";
import { WrittenFile } from "../../../provider/image/written-file";
import { MemoryFile } from "../../support/memory-file";

async function readAll(file: WrittenFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.readSize()).fill(0xee);
  expect(await file.read(0, bytes)).toBe(bytes.length);
  return bytes;
}

describe("a file that is being written", () => {
  it("reads as the file does, without reading it", async () => {
    const memory = new MemoryFile();
    const file = new WrittenFile(memory);

    await file.resize(100);
    await file.write(10, new Uint8Array(20).fill(1));
    await file.write(20, new Uint8Array(20).fill(2));
    await file.write(95, new Uint8Array(10).fill(3));

    const bytes = await readAll(file);
    expect(memory.readCount).toBe(0);
    expect(bytes).toEqual(memory.toBytes());
  });

  it("reads a window, and nothing behind its end", async () => {
    const file = new WrittenFile(new MemoryFile());
    await file.write(0, Uint8Array.of(1, 2, 3, 4));
    const target = new Uint8Array(4);

    const counts = [await file.read(2, target), await file.read(4, target)];

    expect(counts).toEqual([2, 0]);
    expect(target).toEqual(Uint8Array.of(3, 4, 0, 0));
  });

  it("keeps what was written, whatever becomes of the bytes of the caller", async () => {
    const file = new WrittenFile(new MemoryFile());
    const bytes = Uint8Array.of(1, 2);

    await file.write(0, bytes);
    bytes.fill(9);

    expect(await readAll(file)).toEqual(Uint8Array.of(1, 2));
  });

  it.each([
    ["was cut", (file: WrittenFile) => file.resize(1)],
    ["got too much to keep", (file: WrittenFile) => file.write(4, new Uint8Array(2 * MIB).fill(7))],
  ])("reads the file itself where it %s", async (_what, change) => {
    const memory = new MemoryFile();
    const file = new WrittenFile(memory);
    await file.write(0, Uint8Array.of(1, 2, 3, 4));

    await change(file);
    await file.resize(3 * MIB);

    const bytes = await readAll(file);
    expect(Buffer.compare(bytes, memory.toBytes())).toBe(0);
  });
});

describe("writing sparsely", () => {
  it.each([
    ["all zeros", [], []],
    ["a page between zeros", [5 * KIB], [[4 * KIB, 4 * KIB]]],
    ["pages side by side", [4 * KIB, 8 * KIB], [[4 * KIB, 8 * KIB]]],
    [
      "the first and the last, which is short",
      [0, 17 * KIB],
      [
        [0, 4 * KIB],
        [16 * KIB, 2 * KIB],
      ],
    ],
  ])("leaves out pages without content: %s", async (_what, marks, expected) => {
    const bytes = new Uint8Array(18 * KIB);
    marks.forEach((mark) => (bytes[mark] = 1));
    const memory = new MemoryFile();
    await memory.resize(MIB + bytes.length);
    const write = jest.spyOn(memory, "write");

    await writeSparsely(memory, MIB, bytes);

    expect(write.mock.calls.map(([at, part]) => [at - MIB, part.length])).toEqual(expected);
    expect(memory.toBytes().subarray(MIB)).toEqual(bytes);
  });
});
