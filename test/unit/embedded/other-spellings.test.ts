import { spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { listNames, targetOf, useEmbeddedDisks } from "../../support/embedded-disks";

const FORMATS = ["vhd", "vhdx"] as const;
const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

/** Only the system's administrator may mount folders, and not in every container. */
function bindMount(from: string, to: string): boolean {
  mkdirSync(to);
  return process.platform === "linux" && spawnSync("mount", ["--bind", from, to]).status === 0;
}

describe.each(FORMATS)("a %s at a path that is another spelling of the recorded one", (format) => {
  it("stays where it is when it is moved there through a linked folder", async () => {
    const place = makeFolder(`linked-${format}`);
    mkdirSync(`${place}/disks`);
    symlinkSync(`${place}/disks`, `${place}/link`);
    const disk = await makeBase(`${place}/disks/a.${format}`, format);
    const content = readFileSync(disk.path);

    const moved = await backend.moveDisk(targetOf(disk), `${place}/link/a.${format}`);

    expect(moved).toEqual({ ...disk, path: `${place}/link/a.${format}` });
    expect(readFileSync(disk.path).equals(content)).toBe(true);
  });

  it("stays where it is when it is moved there through another mount of its folder", async () => {
    const place = makeFolder(`mounted-${format}`);
    mkdirSync(`${place}/disks`);
    if (!bindMount(`${place}/disks`, `${place}/mount`)) {
      process.stderr.write(
        "skipped: a disk reached through another mount (nothing can be mounted here)\n",
      );
      return;
    }
    try {
      const disk = await makeBase(`${place}/disks/a.${format}`, format);

      await backend.moveDisk(targetOf(disk), `${place}/mount/a.${format}`);

      expect(existsSync(disk.path)).toBe(true);
    } finally {
      spawnSync("umount", [`${place}/mount`]);
    }
  });

  it("is found by its children's protection whatever way leads to it", async () => {
    const place = makeFolder(`children-${format}`);
    mkdirSync(`${place}/golden`);
    mkdirSync(`${place}/disks`);
    symlinkSync(`${place}/golden`, `${place}/link`);
    const base = await makeBase(`${place}/golden/base.${format}`, format);
    await makeChild(`${place}/disks/child.${format}`, `${place}/link/base.${format}`, format);

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[HasChildren\].*disks\/child/,
    );
    expect(existsSync(base.path)).toBe(true);
  });

  it("keeps its last name when a move that was cut off is finished", async () => {
    const place = makeFolder(`last-name-${format}`);
    mkdirSync(`${place}/other`);
    const disk = await makeBase(`${place}/a.${format}`, format);
    linkSync(disk.path, `${place}/other/a.${format}`);

    await backend.moveDisk(targetOf(disk), `${place}/other/a.${format}`);

    expect(listNames(place)).toEqual(["other"]);
    expect(listNames(`${place}/other`)).toEqual([`a.${format}`]);
  });

  it("can get a name that differs in case alone where the volume says them apart", async () => {
    const place = makeFolder(`case-${format}`);
    const disk = await makeBase(`${place}/web.${format}`, format);

    await backend.moveDisk(targetOf(disk), `${place}/WEB.${format}`);

    expect(listNames(place)).toEqual([`WEB.${format}`]);
    renameSync(`${place}/WEB.${format}`, `${place}/web.${format}`);
  });
});

describe("a disk that is reached through a link to its file", () => {
  it("is protected by children beside the file, and never deleted by the link's name", async () => {
    const place = makeFolder("file-link");
    mkdirSync(`${place}/real`);
    const base = await makeBase(`${place}/real/base.vhdx`);
    await makeChild(`${place}/real/child.vhdx`, base.path);
    symlinkSync(base.path, `${place}/named.vhdx`);

    await expect(
      backend.deleteDisk({ ...targetOf(base), path: `${place}/named.vhdx` }),
    ).rejects.toThrow(/^\[HasChildren\]/);
    expect(existsSync(base.path)).toBe(true);
  });
});
