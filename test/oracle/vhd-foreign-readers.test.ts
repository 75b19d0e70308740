import { mkdirSync, readFileSync } from "node:fs";
import { copyFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { relativeParentPath } from "../../provider/disk/host-path";
import { GIB, KIB, MIB } from "../../provider/image/bytes";
import { openNodeFile } from "../../provider/embedded/node-file";
import type { CreateImageRequest } from "../../provider/image/driver";
import { createVhd } from "../../provider/image/vhd/create";
import { readContent } from "../../provider/image/content";
import { openVhd } from "../../provider/image/vhd/open";
import { setVhdParent } from "../../provider/image/vhd/set-parent";
import { collectDataRanges, readAllContent } from "../support/image-content";
import { describeWithCorpus, unpackCorpusImages } from "../support/corpus";
import { describeWithOracle, md5, readContentWith7zip, runOracle } from "../support/oracles";
import { useTempFolder } from "../support/temp-folder";
import { writeVhdContent } from "../support/vhd-writer";

/** No CHS geometry has this size, and the last block is not full. */
const SIZE_BYTES = 5 * MIB + 512;

const temp = useTempFolder();

type Write = readonly [offsetBytes: number, lengthBytes: number, value: number];

async function create(
  path: string,
  request: CreateImageRequest,
  ...writes: readonly Write[]
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const file = await openNodeFile(path, "create");
  await createVhd(file, request);
  for (const [offsetBytes, lengthBytes, value] of writes) {
    await writeVhdContent(file, offsetBytes, new Uint8Array(lengthBytes).fill(value));
  }
  await file.close();
}

/** A child of the disk at a path. */
async function createChild(
  path: string,
  parentPath: string,
  ...writes: readonly Write[]
): Promise<void> {
  const parent = await openVhd(await openNodeFile(parentPath, "read"));
  await parent.close();
  const { sizeBytes, linkageId, diskId } = parent.properties;
  const relativePath = relativeParentPath("posix", path, parentPath);
  const request = { linkageId, diskId, absolutePath: parentPath, relativePath };
  await create(path, { type: "differencing", sizeBytes, parent: request }, ...writes);
}

/** @param paths the leaf first, the base last */
async function readHere(...paths: readonly string[]): Promise<Uint8Array> {
  const images = await Promise.all(
    paths.map(async (path) => openVhd(await openNodeFile(path, "read"))),
  );
  const content = await readAllContent(...images);
  await Promise.all(images.map((image) => image.close()));
  return content;
}

const BASE_WRITES: readonly Write[] = [
  [0, 4096, 1],
  [2 * MIB - 512, 1024, 2],
  [SIZE_BYTES - 512, 512, 3],
];

describeWithOracle("7zz", "7-Zip", () => {
  it.each(["dynamic", "fixed"] as const)("reads a %s disk that was made here", async (type) => {
    const path = temp(`7z-${type}.vhd`);
    await create(path, { type, sizeBytes: SIZE_BYTES }, ...BASE_WRITES);

    const content = readContentWith7zip(path);

    expect(content.length).toBe(SIZE_BYTES);
    expect(md5(content)).toBe(md5(await readHere(path)));
  });

  it.each(["dynamic", "fixed"] as const)(
    "reads a new child exactly as its %s parent",
    async (type) => {
      const [base, child] = [temp(`new-${type}`, "base.vhd"), temp(`new-${type}`, "child.vhd")];
      await create(base, { type, sizeBytes: SIZE_BYTES }, ...BASE_WRITES);
      await createChild(child, base);

      expect(md5(readContentWith7zip(child))).toBe(md5(await readHere(base)));
    },
  );

  it.each(["dynamic", "fixed"] as const)(
    "reads a written child over its %s parent",
    async (type) => {
      const [base, child] = [temp(`over-${type}`, "base.vhd"), temp(`over-${type}`, "child.vhd")];
      await create(base, { type, sizeBytes: SIZE_BYTES }, ...BASE_WRITES);
      await createChild(child, base, [512, 512, 9], [2 * MIB, 3 * MIB, 8]);

      const content = readContentWith7zip(child);

      expect(md5(content)).toBe(md5(await readHere(child, base)));
      expect([content[511], content[512], content[1024], content[2 * MIB]]).toEqual([1, 9, 1, 8]);
    },
  );

  it("reads a child with blocks of another size than its parent's", async () => {
    const [base, child] = [temp("blocks", "base.vhd"), temp("blocks", "child.vhd")];
    await create(
      base,
      { type: "dynamic", sizeBytes: SIZE_BYTES, blockSizeBytes: 512 * KIB },
      ...BASE_WRITES,
    );
    await createChild(child, base, [512, 512, 9]);

    expect(md5(readContentWith7zip(child))).toBe(md5(await readHere(child, base)));
  });

  it("reads a chain of three", async () => {
    const [base, middle, leaf] = [
      temp("three", "a.vhd"),
      temp("three", "b.vhd"),
      temp("three", "c.vhd"),
    ];
    await create(base, { type: "dynamic", sizeBytes: SIZE_BYTES }, ...BASE_WRITES);
    await createChild(middle, base, [1024, 1024, 4], [4 * MIB, 512, 5]);
    await createChild(leaf, middle, [1536, 512, 6]);

    const content = readContentWith7zip(leaf);

    expect(md5(content)).toBe(md5(await readHere(leaf, middle, base)));
    expect([content[0], content[1024], content[1536], content[4 * MIB]]).toEqual([1, 4, 6, 5]);
  });

  it("finds a parent whose move was recorded here", async () => {
    const [base, moved, child] = [
      temp("moved", "old.vhd"),
      temp("moved", "new.vhd"),
      temp("moved", "child.vhd"),
    ];
    await create(base, { type: "fixed", sizeBytes: SIZE_BYTES }, ...BASE_WRITES);
    await createChild(child, base, [512, 512, 9]);
    const expected = md5(await readHere(child, base));
    const parent = await openVhd(await openNodeFile(base, "read"));
    await parent.close();
    await copyFile(base, moved);
    const file = await openNodeFile(child, "read-write");
    await setVhdParent(file, {
      linkageId: parent.properties.linkageId,
      absolutePath: moved,
      relativePath: ".\\new.vhd",
    });
    await file.close();

    expect(runOracle("7zz", ["l", "-tvhd", child]).stdout.toString()).toContain("Parent = new.vhd");
    expect(md5(readContentWith7zip(child))).toBe(expected);
  });
});

describeWithOracle("7zz", "7-Zip over images of Windows", () => {
  describeWithCorpus("from the corpus", () => {
    it("reads a child that was made here exactly as the parent that Windows made", async () => {
      const [base] = unpackCorpusImages(temp(), "dfvfs_ntfs-parent.vhd") as [string];
      const child = temp("ntfs-new-child.vhd");

      await createChild(child, base);

      expect(md5(readContentWith7zip(child))).toBe(md5(readFileSync(base).subarray(0, 4 * MIB)));
    });

    it("reads a child that Windows made over a parent whose move was recorded here", async () => {
      mkdirSync(temp("windows"));
      const [base, child] = unpackCorpusImages(
        temp("windows"),
        "dfvfs_ntfs-parent.vhd",
        "dfvfs_ntfs-differential.vhd",
      ) as [string, string];
      const expected = md5(await readHere(child, base));
      const parent = await openVhd(await openNodeFile(base, "read"));
      await parent.close();
      const moved = temp("windows", "moved.vhd");
      await rename(base, moved);
      const file = await openNodeFile(child, "read-write");

      await setVhdParent(file, {
        linkageId: parent.properties.linkageId,
        absolutePath: moved,
        relativePath: ".\\moved.vhd",
      });
      await file.close();

      expect(md5(readContentWith7zip(child))).toBe(expected);
    });
  });
});

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

  it.each([512, 3 * MIB, 4 * MIB, SIZE_BYTES, 127 * GIB + 512, 2040 * GIB])(
    "sees exactly %p bytes of a dynamic disk",
    async (sizeBytes) => {
      const path = temp(`qemu-${sizeBytes}.vhd`);
      await create(path, { type: "dynamic", sizeBytes });

      expect(readInfo(path)["virtual-size"]).toBe(sizeBytes);
    },
  );

  it.each([4 * MIB, SIZE_BYTES, 100 * GIB])(
    "sees exactly %p bytes of a fixed disk",
    async (sizeBytes) => {
      const path = temp(`qemu-fixed-${sizeBytes}.vhd`);
      await create(path, { type: "fixed", sizeBytes });

      expect(readInfo(path)["virtual-size"]).toBe(sizeBytes);
    },
  );

  it.each(["dynamic", "fixed"] as const)("reads the content of a %s disk", async (type) => {
    const [path, raw] = [temp(`convert-${type}.vhd`), temp(`convert-${type}.raw`)];
    await create(path, { type, sizeBytes: SIZE_BYTES }, ...BASE_WRITES);

    const { status } = runOracle("qemu-img", ["convert", "-f", "vpc", "-O", "raw", path, raw]);

    expect(status).toBe(0);
    expect(md5(readFileSync(raw))).toBe(md5(await readHere(path)));
  });

  it.each(["dynamic", "fixed"])("makes a %s disk that is read here", async (subformat) => {
    const [raw, path] = [temp(`made-${subformat}.raw`), temp(`made-${subformat}.vhd`)];
    const source = Buffer.alloc(SIZE_BYTES);
    source.fill(5, 1 * MIB, 3 * MIB);
    source.fill(6, SIZE_BYTES - 512);
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
    expect(md5(await readHere(path))).toBe(md5(source));
  });

  it("writes into a disk that was made here, and leaves one that is read here", async () => {
    const path = temp("written.vhd");
    await create(path, { type: "dynamic", sizeBytes: SIZE_BYTES });

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
    expect((await readHere(path)).subarray(0, 4 * 4096).every((byte) => byte === 7)).toBe(true);
  });
});

describeWithOracle("qemu-io", "QEMU writing one sector", () => {
  it.each([4 * MIB, 64 * MIB, 127 * GIB])(
    "leaves the rest of a new disk of %p bytes as zeros",
    async (sizeBytes) => {
      const path = temp(`one-sector-${sizeBytes}.vhd`);
      await create(path, { type: "dynamic", sizeBytes });

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
