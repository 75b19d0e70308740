import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { openNodeFile } from "../../provider/embedded/node-file";
import { GIB, MIB } from "../../provider/image/bytes";
import { readContent } from "../../provider/image/content";
import { openVhd } from "../../provider/image/vhd/open";
import { collectDataRanges } from "../support/image-content";
import { describeWithOracle, md5, runOracle } from "../support/oracles";
import { useTempFolder } from "../support/temp-folder";
import { BASE_WRITES, VHD_SIZE_BYTES, createVhdFile, readVhdFiles } from "../support/vhd-files";

const temp = useTempFolder();

describeWithOracle("qemu-img", "QEMU", () => {
  function readInfo(path: string): { "virtual-size": number; format: string } {
    const { status, stdout, stderr } = runOracle("qemu-img", [
      "info",
      "-f",
      "vpc",
      "--output=json",
      path,
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout.toString()) as { "virtual-size": number; format: string };
  }

  it.each([512, 3 * MIB, 4 * MIB, VHD_SIZE_BYTES, 127 * GIB + 512, 2040 * GIB])(
    "sees exactly %p bytes of a dynamic disk",
    async (sizeBytes) => {
      const path = temp(`qemu-${sizeBytes}.vhd`);
      await createVhdFile(path, { type: "dynamic", sizeBytes });

      expect(readInfo(path)["virtual-size"]).toBe(sizeBytes);
    },
  );

  it.each([4 * MIB, VHD_SIZE_BYTES, 100 * GIB])(
    "sees exactly %p bytes of a fixed disk",
    async (sizeBytes) => {
      const path = temp(`qemu-fixed-${sizeBytes}.vhd`);
      await createVhdFile(path, { type: "fixed", sizeBytes });

      expect(readInfo(path)["virtual-size"]).toBe(sizeBytes);
    },
  );

  it.each(["dynamic", "fixed"] as const)("reads the content of a %s disk", async (type) => {
    const [path, raw] = [temp(`convert-${type}.vhd`), temp(`convert-${type}.raw`)];
    await createVhdFile(path, { type, sizeBytes: VHD_SIZE_BYTES }, ...BASE_WRITES);

    const { status } = runOracle("qemu-img", ["convert", "-f", "vpc", "-O", "raw", path, raw]);

    expect(status).toBe(0);
    expect(md5(readFileSync(raw))).toBe(md5(await readVhdFiles(path)));
  });

  it.each(["dynamic", "fixed"])("makes a %s disk that is read here", async (subformat) => {
    const [raw, path] = [temp(`made-${subformat}.raw`), temp(`made-${subformat}.vhd`)];
    const source = Buffer.alloc(VHD_SIZE_BYTES);
    source.fill(5, 1 * MIB, 3 * MIB);
    source.fill(6, VHD_SIZE_BYTES - 512);
    await writeFile(raw, source);

    const options = `subformat=${subformat},force_size=on`;
    const { status } = runOracle("qemu-img", [
      "convert",
      "-f",
      "raw",
      "-O",
      "vpc",
      "-o",
      options,
      raw,
      path,
    ]);

    expect(status).toBe(0);
    expect(md5(await readVhdFiles(path))).toBe(md5(source));
  });

  it("writes into a disk that was made here, and leaves one that is read here", async () => {
    const path = temp("written.vhd");
    await createVhdFile(path, { type: "dynamic", sizeBytes: VHD_SIZE_BYTES });

    const { status } = runOracle("qemu-img", [
      "bench",
      "-w",
      "-c",
      "4",
      "-s",
      "4096",
      "-f",
      "vpc",
      "--pattern=7",
      path,
    ]);

    const image = await openVhd(await openNodeFile(path, "read"));
    const [first] = await collectDataRanges(image);
    await image.close();
    expect(status).toBe(0);
    expect(first?.offsetBytes).toBe(0);
    expect((await readVhdFiles(path)).subarray(0, 4 * 4096).every((byte) => byte === 7)).toBe(true);
  });
});

describeWithOracle("qemu-io", "QEMU writing one sector", () => {
  it.each([4 * MIB, 64 * MIB, 127 * GIB])(
    "leaves the rest of a new disk of %p bytes as zeros",
    async (sizeBytes) => {
      const path = temp(`one-sector-${sizeBytes}.vhd`);
      await createVhdFile(path, { type: "dynamic", sizeBytes });

      const { status } = runOracle("qemu-io", ["-f", "vpc", "-c", "write -P 7 1M 512", path]);

      const image = await openVhd(await openNodeFile(path, "read"));
      const content = new Uint8Array(4 * MIB);
      await readContent([image], 0, content);
      await image.close();
      expect(status).toBe(0);
      expect(content.subarray(MIB, MIB + 512).every((byte) => byte === 7)).toBe(true);
      expect(content.filter((byte) => byte !== 0)).toHaveLength(512);
    },
  );
});
