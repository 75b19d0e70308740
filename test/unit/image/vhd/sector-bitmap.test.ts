import * as fc from "fast-check";
import { KIB, MIB } from "../../../../provider/image/bytes";
import { findRunEnd } from "../../../../provider/image/sector-runs";
import {
  BitmapReader,
  bitmapSizeOf,
  isSectorHeld,
} from "../../../../provider/image/vhd/sector-bitmap";
import { failureOf } from "../../../support/failure-of";
import { MemoryFile } from "../../../support/memory-file";

describe("the sector bitmap of a VHD", () => {
  it.each([
    [512, 512],
    [512 * KIB, 512],
    [2 * MIB, 512],
    [4 * MIB, 1024],
    [2048 * MIB, 512 * KIB],
  ])("before a block of %p bytes takes %p", (blockSizeBytes, expected) => {
    expect(bitmapSizeOf(blockSizeBytes)).toBe(expected);
  });

  it("counts sectors from the most significant bit", () => {
    const bitmap = Uint8Array.of(0b1000_0001, 0b0100_0000);

    const held = Array.from({ length: 16 }, (_, sector) => sector).filter((sector) =>
      isSectorHeld(bitmap, sector),
    );

    expect(held).toEqual([0, 7, 9]);
  });

  it("says a change from held to not held inside a byte", () => {
    const bitmap = Uint8Array.of(0b1110_0000);

    expect([
      findRunEnd(bitmap, 0, 8, isSectorHeld),
      findRunEnd(bitmap, 3, 8, isSectorHeld),
    ]).toEqual([3, 8]);
  });

  it("does not look behind the end of the window", () => {
    const bitmap = Uint8Array.of(0xff, 0xff);

    expect(findRunEnd(bitmap, 1, 5, isSectorHeld)).toBe(5);
  });

  it("has the runs of a naive array of bits", () => {
    const bytes = fc.array(fc.constantFrom(0, 0xff, 0x80, 0x01, 0xf0, 0x7e), {
      minLength: 1,
      maxLength: 12,
    });

    fc.assert(
      fc.property(bytes, fc.nat(95), fc.nat(95), (values, first, second) => {
        const bits = values.flatMap((value) =>
          Array.from(value.toString(2).padStart(8, "0"), (bit) => bit === "1"),
        );
        const from = Math.min(first, second) % bits.length;
        const to = Math.min(bits.length, Math.max(first, second) + 1);
        fc.pre(from < to);
        const change = bits.slice(from, to).indexOf(!bits[from]);

        const end = findRunEnd(Uint8Array.from(values), from, to, isSectorHeld);

        expect(end).toBe(change < 0 ? to : from + change);
      }),
    );
  });
});

describe("the bitmaps of blocks", () => {
  it("are read once by windows of one block, also by those of the same moment", async () => {
    const file = MemoryFile.of(new Uint8Array(4096).fill(0xa5));
    const bitmaps = new BitmapReader(file, 2 * MIB);

    const parts = await Promise.all([bitmaps.read(512, 0, 256), bitmaps.read(512, 256, 512)]);
    parts.push(await bitmaps.read(512, 0, 512));

    expect(file.readCount).toBe(1);
    expect(parts.every(({ bytes }) => bytes.every((byte) => byte === 0xa5))).toBe(true);
  });

  it("are read again after an attempt that failed", async () => {
    const file = new MemoryFile();
    const bitmaps = new BitmapReader(file, 2 * MIB);
    const error = await failureOf(bitmaps.read(512, 0, 512));
    await file.write(0, new Uint8Array(4096).fill(0xa5));

    const { bytes } = await bitmaps.read(512, 0, 512);

    expect(error.code).toBe("CorruptImage");
    expect(bytes[0]).toBe(0xa5);
  });
});
