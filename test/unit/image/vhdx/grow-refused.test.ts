import { MIB, TIB } from "../../../../provider/image/bytes";
import { growVhdx } from "../../../../provider/image/vhdx/grow";
import { failureOf } from "../../../support/failure-of";
import { buildVhdx, editHeaders } from "../../../support/vhdx-image";

describe("a VHDX is not grown", () => {
  it.each([
    ["to a smaller size", 2 * MIB - 512, "OutOfRange"],
    ["beyond 64 TiB", 64 * TIB + 512, "OutOfRange"],
    ["to a part of a sector", 2 * MIB + 1, "InvalidInput"],
    ["to what is not a number", Number.NaN, "InvalidInput"],
  ])("%s, and nothing changes", async (_, sizeBytes, code) => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    const before = file.toBytes();

    const error = await failureOf(growVhdx(file, sizeBytes));

    expect(error.code).toBe(code);
    expect(Buffer.compare(file.toBytes(), before)).toBe(0);
  });

  it("when it is damaged, and nothing changes", async () => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    file.writeNow(2 * MIB, Buffer.from("METADATA"));
    const before = file.toBytes();

    const error = await failureOf(growVhdx(file, 3 * MIB));

    expect(error.code).toBe("CorruptImage");
    expect(Buffer.compare(file.toBytes(), before)).toBe(0);
  });

  it.each([
    ["without a log", (view: DataView) => view.setUint32(68, 0, true), "no log"],
    [
      "with headers at the end of their numbers",
      (view: DataView) => view.setBigUint64(8, 2n ** 64n - 1n, true),
      "used up",
    ],
  ])("%s, and nothing changes", async (_, edit, reason) => {
    const file = await buildVhdx({ sizeBytes: 2 * MIB });
    editHeaders(file, edit);
    const before = file.toBytes();

    const error = await failureOf(growVhdx(file, 3 * MIB));

    expect(error.code).toBe("UnsupportedImage");
    expect(error.message).toContain(reason);
    expect(Buffer.compare(file.toBytes(), before)).toBe(0);
  });
});
