import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { growVhdx } from "../../provider/image/vhdx/grow";
import { setVhdxParent } from "../../provider/image/vhdx/set-parent";
import { readVhdxStructures } from "../../provider/image/vhdx/structures";
import { describeWithCorpus, readCorpusImage, readExpectedPairs } from "../support/corpus";
import { readAllContent } from "../support/image-content";
import { MemoryFile } from "../support/memory-file";
import { describeWithOracle, md5, readContentWith7zip, runOracle } from "../support/oracles";
import { useTempFolder } from "../support/temp-folder";
import { buildChildVhdx, buildVhdx, openVhdxChain } from "../support/vhdx-image";
import { logVhdxChange, setVhdxBlockState, writeVhdxContent } from "../support/vhdx-writer";

jest.setTimeout(60_000);

const MIB = 1024 * 1024;
/**
 * The last block is not full. 7-Zip refuses a disk with an odd number of sectors, whoever made it.
 */
const SIZE = 6 * MIB + 1024;

const inTempFolder = useTempFolder();
let nextName = 0;

/**
 * Writes images into a folder of their own: the leaf first; each but the last as the parent its
 * child names.
 */
function save(...files: readonly [MemoryFile, ...MemoryFile[]]): string {
  nextName += 1;
  const names = ["leaf.vhdx", "middle.vhdx", "base.vhdx"];
  const paths = files.map((file, index) => {
    const name = index === files.length - 1 ? "base.vhdx" : names[index]!;
    return { file, path: inTempFolder(`${nextName}-${name}`) };
  });
  for (const { file, path } of paths) {
    writeFileSync(path, file.toBytes());
  }
  return paths[0]!.path;
}

/** A base of either type with content in its first, second and last block. */
async function buildBase(type: "dynamic" | "fixed", sizeBytes = SIZE): Promise<MemoryFile> {
  const file = await buildVhdx({ type, sizeBytes });
  await writeVhdxContent(file, MIB - 512, randomBytes(1024));
  await writeVhdxContent(file, sizeBytes - 512, randomBytes(512));
  return file;
}

/** A child that names its parent as {@link save} will call it. */
async function buildEmptyChild(parent: MemoryFile, parentName: string): Promise<MemoryFile> {
  const { current, metadata } = await readVhdxStructures(parent);
  return buildChildVhdx(parent, {
    parent: {
      linkageId: current.header.dataWriteId,
      diskId: metadata.parameters.diskId,
      absolutePath: `C:\\nowhere\\${parentName}`,
      relativePath: `.\\${parentName}`,
    },
  });
}

/** As {@link buildEmptyChild}, with content, full and hidden blocks. */
async function buildChild(parent: MemoryFile, parentName: string): Promise<MemoryFile> {
  const child = await buildEmptyChild(parent, parentName);
  await writeVhdxContent(child, 512, randomBytes(512));
  await writeVhdxContent(child, MIB + 2048, randomBytes(3072));
  await writeVhdxContent(child, 3 * MIB, randomBytes(MIB));
  await setVhdxBlockState(child, 3, "fullyPresent");
  await setVhdxBlockState(child, 4, "zero");
  await setVhdxBlockState(child, 5, "unmapped");
  return child;
}

async function contentOf(...files: MemoryFile[]): Promise<string> {
  return md5(await readAllContent(...(await openVhdxChain(...files))));
}

describeWithOracle("7zz", "7-Zip reads what is written here", () => {
  it.each(["dynamic", "fixed"] as const)("of a %s disk", async (type) => {
    const base = await buildBase(type);

    const content = readContentWith7zip(save(base));

    expect(md5(content)).toBe(await contentOf(base));
  });

  it.each(["dynamic", "fixed"] as const)("of a differencing disk over a %s one", async (type) => {
    const base = await buildBase(type);
    const child = await buildChild(base, `${nextName + 1}-base.vhdx`);

    const content = readContentWith7zip(save(child, base));

    expect(md5(content)).toBe(await contentOf(child, base));
  });

  it("of an empty child: exactly the content of its parent", async () => {
    const base = await buildBase("fixed");
    const child = await buildEmptyChild(base, `${nextName + 1}-base.vhdx`);

    const content = readContentWith7zip(save(child, base));

    expect(md5(content)).toBe(await contentOf(base));
  });

  it("of a chain of three", async () => {
    const base = await buildBase("dynamic");
    const middle = await buildChild(base, `${nextName + 1}-base.vhdx`);
    const leaf = await buildChild(middle, `${nextName + 1}-middle.vhdx`);
    await setVhdxBlockState(leaf, 4, "notPresent");
    await writeVhdxContent(leaf, 2 * MIB, randomBytes(512));

    const content = readContentWith7zip(save(leaf, middle, base));

    expect(md5(content)).toBe(await contentOf(leaf, middle, base));
  });

  it.each(["dynamic", "fixed"] as const)("of a %s disk that has grown", async (type) => {
    const base = await buildBase(type);
    await growVhdx(base, 9 * MIB);

    const content = readContentWith7zip(save(base));

    expect(content).toHaveLength(9 * MIB);
    expect(md5(content)).toBe(await contentOf(base));
  });

  it("of a differencing disk that has grown and whose parent has another place", async () => {
    const base = await buildBase("dynamic");
    const child = await buildChild(base, "elsewhere.vhdx");
    const name = `${nextName + 1}-base.vhdx`;
    await growVhdx(child, 9 * MIB);
    // 7-Zip cannot read a parent behind its end, so that the child holds all of what is new.
    await writeVhdxContent(child, SIZE, randomBytes(7 * MIB - SIZE));
    await setVhdxBlockState(child, 7, "zero");
    await setVhdxBlockState(child, 8, "zero");
    const { dataWriteId: linkageId } = (await readVhdxStructures(base)).current.header;
    await setVhdxParent(child, {
      linkageId,
      absolutePath: `D:\\${name}`,
      relativePath: `.\\${name}`,
    });

    const content = readContentWith7zip(save(child, base));

    expect(content).toHaveLength(9 * MIB);
    expect(md5(content)).toBe(await contentOf(child, base));
  });

  it("of a disk whose log was replayed to the file, which it refuses before", async () => {
    const base = await buildBase("dynamic");
    await logVhdxChange(base, (copy) => writeVhdxContent(copy, 3 * MIB, randomBytes(512)));
    const dirtyPath = save(base);
    const expected = await readAllContent((await openVhdxChain(base))[0]!);
    await growVhdx(base, SIZE + 1024);

    const content = readContentWith7zip(save(base));

    expect(() => readContentWith7zip(dirtyPath)).toThrow("7zz cannot read");
    expect(Buffer.compare(content.subarray(0, SIZE), expected)).toBe(0);
  });
});

describeWithOracle("7zz", "7-Zip reads a child made here", () => {
  describeWithCorpus("over a VHDX that Windows made", () => {
    it("of an empty child: exactly the content of its parent", async () => {
      const parent = MemoryFile.of(readCorpusImage("dfvfs_fat-parent.vhdx"));
      const child = await buildEmptyChild(parent, `${nextName + 1}-base.vhdx`);

      const content = readContentWith7zip(save(child, parent));

      expect(md5(content)).toBe(readExpectedPairs()["fat-differential.vhdx"]?.parentMd5);
    });
  });
});

describeWithOracle("qemu-img", "QEMU accepts what is written here", () => {
  function check(path: string): { status: number | null; stderr: string } {
    const { status, stderr } = runOracle("qemu-img", ["check", "-f", "vhdx", path]);
    return { status, stderr };
  }

  function convert(path: string): Buffer {
    const { status, stderr } = runOracle("qemu-img", [
      "convert",
      "-f",
      "vhdx",
      "-O",
      "raw",
      path,
      `${path}.raw`,
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return readFileSync(`${path}.raw`);
  }

  it.each(["dynamic", "fixed"] as const)(
    "of a %s disk, before and after it has grown",
    async (type) => {
      const base = await buildBase(type);
      const expected = await contentOf(base);
      const path = save(base);
      await growVhdx(base, 9 * MIB);
      const grownPath = save(base);

      const answers = [check(path), check(grownPath)];
      const contents = [md5(convert(path)), md5(convert(grownPath))];

      expect(answers).toEqual([
        { status: 0, stderr: "" },
        { status: 0, stderr: "" },
      ]);
      expect(contents).toEqual([expected, await contentOf(base)]);
    },
  );

  it("of a disk whose table has moved", async () => {
    const base = await buildVhdx({ sizeBytes: 131_041 * MIB });
    await writeVhdxContent(base, 131_040 * MIB, randomBytes(MIB));
    await growVhdx(base, 131_042 * MIB);

    const answer = check(save(base));

    expect(answer).toEqual({ status: 0, stderr: "" });
  });

  // A log that enlarges the file is left out: QEMU 7.2 does not enlarge it, and finds its blocks
  // behind the end.
  it("replays the same log to the same content", async () => {
    const base = await buildBase("dynamic");
    await logVhdxChange(base, async (copy) => {
      await setVhdxBlockState(copy, 1, "zero");
      await writeVhdxContent(copy, 512, randomBytes(8192));
    });
    const expected = await contentOf(base);
    const path = save(base);

    const { status } = runOracle("qemu-img", ["check", "-r", "all", "-f", "vhdx", path]);

    expect(status).toBe(0);
    expect(md5(convert(path))).toBe(expected);
  });
});
