import { mkdirSync, readFileSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { openNodeFile } from "../../provider/embedded/node-file";
import { KIB, MIB } from "../../provider/image/bytes";
import { openVhd } from "../../provider/image/vhd/open";
import { setVhdParent } from "../../provider/image/vhd/set-parent";
import { describeWithCorpus, unpackCorpusImages } from "../support/corpus";
import { describeWithOracle, md5, readContentWith7zip, runOracle } from "../support/oracles";
import { useTempFolder } from "../support/temp-folder";
import {
  BASE_WRITES,
  VHD_SIZE_BYTES,
  createVhdChild,
  createVhdFile,
  readVhdFiles,
} from "../support/vhd-files";

const temp = useTempFolder();

describeWithOracle("7zz", "7-Zip", () => {
  it.each(["dynamic", "fixed"] as const)("reads a %s disk that was made here", async (type) => {
    const path = temp(`7z-${type}.vhd`);
    await createVhdFile(path, { type, sizeBytes: VHD_SIZE_BYTES }, ...BASE_WRITES);

    const content = readContentWith7zip(path);

    expect(content.length).toBe(VHD_SIZE_BYTES);
    expect(md5(content)).toBe(md5(await readVhdFiles(path)));
  });

  it.each(["dynamic", "fixed"] as const)(
    "reads a new child exactly as its %s parent",
    async (type) => {
      const [base, child] = [temp(`new-${type}`, "base.vhd"), temp(`new-${type}`, "child.vhd")];
      await createVhdFile(base, { type, sizeBytes: VHD_SIZE_BYTES }, ...BASE_WRITES);
      await createVhdChild(child, base);

      expect(md5(readContentWith7zip(child))).toBe(md5(await readVhdFiles(base)));
    },
  );

  it.each(["dynamic", "fixed"] as const)(
    "reads a written child over its %s parent",
    async (type) => {
      const [base, child] = [temp(`over-${type}`, "base.vhd"), temp(`over-${type}`, "child.vhd")];
      await createVhdFile(base, { type, sizeBytes: VHD_SIZE_BYTES }, ...BASE_WRITES);
      await createVhdChild(child, base, [512, 512, 9], [2 * MIB, 3 * MIB, 8]);

      const content = readContentWith7zip(child);

      expect(md5(content)).toBe(md5(await readVhdFiles(child, base)));
      expect([content[511], content[512], content[1024], content[2 * MIB]]).toEqual([1, 9, 1, 8]);
    },
  );

  it("reads a child with blocks of another size than its parent's", async () => {
    const [base, child] = [temp("blocks", "base.vhd"), temp("blocks", "child.vhd")];
    await createVhdFile(
      base,
      { type: "dynamic", sizeBytes: VHD_SIZE_BYTES, blockSizeBytes: 512 * KIB },
      ...BASE_WRITES,
    );
    await createVhdChild(child, base, [512, 512, 9]);

    expect(md5(readContentWith7zip(child))).toBe(md5(await readVhdFiles(child, base)));
  });

  it("reads a chain of three", async () => {
    const [base, middle, leaf] = [
      temp("three", "a.vhd"),
      temp("three", "b.vhd"),
      temp("three", "c.vhd"),
    ];
    await createVhdFile(base, { type: "dynamic", sizeBytes: VHD_SIZE_BYTES }, ...BASE_WRITES);
    await createVhdChild(middle, base, [1024, 1024, 4], [4 * MIB, 512, 5]);
    await createVhdChild(leaf, middle, [1536, 512, 6]);

    const content = readContentWith7zip(leaf);

    expect(md5(content)).toBe(md5(await readVhdFiles(leaf, middle, base)));
    expect([content[0], content[1024], content[1536], content[4 * MIB]]).toEqual([1, 4, 6, 5]);
  });

  it("finds a parent whose move was recorded here", async () => {
    const [base, moved, child] = [
      temp("moved", "old.vhd"),
      temp("moved", "new.vhd"),
      temp("moved", "child.vhd"),
    ];
    await createVhdFile(base, { type: "fixed", sizeBytes: VHD_SIZE_BYTES }, ...BASE_WRITES);
    await createVhdChild(child, base, [512, 512, 9]);
    const expected = md5(await readVhdFiles(child, base));
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

      await createVhdChild(child, base);

      expect(md5(readContentWith7zip(child))).toBe(md5(readFileSync(base).subarray(0, 4 * MIB)));
    });

    it("reads a child that Windows made over a parent whose move was recorded here", async () => {
      mkdirSync(temp("windows"));
      const [base, child] = unpackCorpusImages(
        temp("windows"),
        "dfvfs_ntfs-parent.vhd",
        "dfvfs_ntfs-differential.vhd",
      ) as [string, string];
      const expected = md5(await readVhdFiles(child, base));
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
