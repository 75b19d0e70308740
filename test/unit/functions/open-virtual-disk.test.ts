import { randomBytes } from "node:crypto";
import { truncateSync } from "node:fs";
import { openVirtualDisk } from "../../../provider/functions/open-virtual-disk";
import { failureOf } from "../../support/failure-of";
import { useEmbeddedDisks, writeContent } from "../../support/embedded-disks";

const KIB = 1024;
const MIB = 1024 * KIB;
const SIZE_BYTES = 16 * MIB;

const { makeFolder, makeBase, makeChild } = useEmbeddedDisks();

/** A child over a base, and what a machine would see in it. */
async function makeDisk(name: string): Promise<{ path: string; content: Buffer }> {
  const folder = makeFolder(name);
  const content = Buffer.alloc(SIZE_BYTES);
  randomBytes(5 * MIB).copy(content, MIB);
  const base = await makeBase(`${folder}/base.vhdx`);
  await writeContent(base, 0, content);
  const child = await makeChild(`${folder}/child.vhdx`, base.path);
  randomBytes(MIB).copy(content, 3 * MIB + 512);
  await writeContent(child, 3 * MIB + 512, content.subarray(3 * MIB + 512, 4 * MIB + 512));
  return { path: child.path, content };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const collected: Uint8Array[] = [];
  for await (const chunk of chunks) {
    collected.push(chunk);
  }
  return collected;
}

/** A chain of three whose upper disks hold 2 MiB in turns, and what a machine would see in it. */
async function makeChainInTurns(
  format: "vhd" | "vhdx",
  runBytes: number,
): Promise<{ path: string; content: Buffer }> {
  const folder = makeFolder(`${format}-turns-${runBytes}`);
  const content = randomBytes(4 * MIB);
  let disk = await makeBase(`${folder}/0.${format}`, format, 4 * MIB);
  await writeContent(disk, 0, content);
  for (const [level, turnBytes] of [2 * runBytes, runBytes].entries()) {
    disk = await makeChild(`${folder}/${level + 1}.${format}`, disk.path, format);
    for (let start = MIB; start < 3 * MIB; start += 2 * turnBytes) {
      const written = randomBytes(turnBytes);
      written.copy(content, start);
      await writeContent(disk, start, written);
    }
  }
  return { path: disk.path, content };
}

describe("the content of a disk", () => {
  it.each([
    ["vhd", 4 * KIB],
    ["vhd", 64 * KIB],
    ["vhd", 512 * KIB],
    ["vhdx", 4 * KIB],
    ["vhdx", 64 * KIB],
    ["vhdx", 512 * KIB],
  ] as const)(
    "is read from a chain of %s that holds it in turns of %d",
    async (format, runBytes) => {
      const { path, content } = await makeChainInTurns(format, runBytes);
      const disk = await openVirtualDisk(path);

      const whole = await collect(disk.stream());
      const window = await disk.read(MIB + 700, MIB);
      await disk.close();

      expect(Buffer.compare(Buffer.concat(whole), content)).toBe(0);
      expect(Buffer.compare(window, content.subarray(MIB + 700, 2 * MIB + 700))).toBe(0);
    },
  );

  it("is read through the chain, in any window", async () => {
    const { path, content } = await makeDisk("read");
    const disk = await openVirtualDisk(path);

    const window = await disk.read(3 * MIB - 100, 2 * MIB + 33);
    const nothing = await disk.read(SIZE_BYTES, 0);
    await disk.close();

    expect(Buffer.compare(window, content.subarray(3 * MIB - 100, 5 * MIB - 67))).toBe(0);
    expect(nothing).toHaveLength(0);
  });

  it("is not read in a window that does not fit into memory, and the error says what to do", async () => {
    const disk = await makeBase(`${makeFolder("large")}/base.vhdx`, "vhdx", 16 * 1024 * 1024 * MIB);
    const content = await openVirtualDisk(disk.path);

    const error = await failureOf(content.read(0, 8 * 1024 * 1024 * MIB));
    await content.close();

    expect(error.code).toBe("OutOfRange");
    expect(error.message).toContain("Read it in several parts, or use stream().");
  });

  it("is streamed in order, in chunks of at most 1 MiB with memory of their own", async () => {
    const { path, content } = await makeDisk("stream");
    const disk = await openVirtualDisk(path);

    const whole = await collect(disk.stream());
    const part = await collect(disk.stream({ offsetBytes: 700, lengthBytes: 4 * MIB }));
    const nothing = await collect(disk.stream({ offsetBytes: SIZE_BYTES }));
    await disk.close();

    expect(Buffer.compare(Buffer.concat(whole), content)).toBe(0);
    expect(Buffer.compare(Buffer.concat(part), content.subarray(700, 700 + 4 * MIB))).toBe(0);
    expect(nothing).toEqual([]);
    expect(whole.every((chunk) => chunk.buffer.byteLength <= MIB)).toBe(true);
    expect(new Set(whole.map((chunk) => chunk.buffer)).size).toBe(whole.length);
  });

  it("is streamed through memory that is used again, for who asks for that", async () => {
    const { path, content } = await makeDisk("reuse");
    const disk = await openVirtualDisk(path);
    const buffers = new Set<ArrayBufferLike>();
    const copies: Uint8Array[] = [];

    for await (const chunk of disk.stream({
      offsetBytes: 512,
      lengthBytes: SIZE_BYTES - 1024,
      reuseChunks: true,
    })) {
      buffers.add(chunk.buffer);
      copies.push(Uint8Array.from(chunk));
    }
    await disk.close();

    expect(Buffer.compare(Buffer.concat(copies), content.subarray(512, SIZE_BYTES - 512))).toBe(0);
    expect(buffers.size).toBeLessThan(copies.length / 2);
  });

  it("may be left half way, and the disk closed at once", async () => {
    const { path, content } = await makeDisk("left");
    const disk = await openVirtualDisk(path);

    for await (const chunk of disk.stream()) {
      expect(Buffer.compare(chunk, content.subarray(0, MIB))).toBe(0);
      break;
    }
    await disk.close();

    await expect(disk.read(0, 512)).rejects.toThrow(/^\[IoFailed\]/);
  });

  it("is told as far as it can be read, and then why not", async () => {
    const { path } = await makeDisk("cut");
    const disk = await openVirtualDisk(path);
    const chunks: Uint8Array[] = [];

    const reading = (async () => {
      for await (const chunk of disk.stream()) {
        chunks.push(chunk);
        if (chunks.length === 1) {
          truncateSync(path, 4 * MIB);
        }
      }
    })();

    await expect(reading).rejects.toThrow(/^\[CorruptImage\]/);
    await disk.close();
    expect(chunks.length).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ["before its beginning", -512, 512],
    ["behind its end", SIZE_BYTES, 1],
    ["across its end", SIZE_BYTES - 512, 513],
    ["at a broken offset", 0.5, 512],
  ])("is not read %s", async (name, offsetBytes, lengthBytes) => {
    const { path } = await makeDisk(`outside ${name}`);
    const disk = await openVirtualDisk(path);

    await expect(disk.read(offsetBytes, lengthBytes)).rejects.toThrow(/^\[OutOfRange\]/);
    await expect(collect(disk.stream({ offsetBytes, lengthBytes }))).rejects.toThrow(
      /^\[OutOfRange\]/,
    );
    await disk.close();
  });

  it("is refused where the path is not a full one", async () => {
    await expect(openVirtualDisk("child.vhdx")).rejects.toThrow(
      /^\[InvalidInput\] .*not a full path/,
    );
  });
});
