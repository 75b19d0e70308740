import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createEmbeddedBackend } from "../../../provider/embedded/embedded-backend";
import { listNames, targetOf, useEmbeddedDisks } from "../../support/embedded-disks";

const MIB = 1024 * 1024;
const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

/** Golden images here, disks of machines there, as in the README. */
function makeLayout(name: string): { golden: string; disks: string } {
  const place = makeFolder(name);
  mkdirSync(`${place}/golden`);
  mkdirSync(`${place}/disks`);
  return { golden: `${place}/golden`, disks: `${place}/disks` };
}

/** A child that other software put somewhere: nothing is recorded of it. */
async function makeForeignChild(base: string, path: string): Promise<void> {
  const format = path.endsWith(".vhd") ? "vhd" : "vhdx";
  const made = `${base}.child.${format}`;
  await makeChild(made, base, format);
  renameSync(made, path);
  rmSync(`${base.replace(/[^/]+$/, ".$&")}.vhd-trace`);
  chmodSync(base, 0o644);
}

describe.each(["vhd", "vhdx"] as const)("a %s whose children are in another folder", (format) => {
  it("is neither deleted, moved nor grown, without any configuration", async () => {
    const { golden, disks } = makeLayout(`elsewhere-${format}`);
    const base = await makeBase(`${golden}/base.${format}`, format);
    const child = await makeChild(`${disks}/web.${format}`, base.path, format);

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[HasChildren\].*disks\/web/,
    );
    await expect(backend.moveDisk(targetOf(base), `${golden}/other.${format}`)).rejects.toThrow(
      /^\[HasChildren\]/,
    );
    await expect(backend.growDisk(targetOf(base), 32 * MIB)).rejects.toThrow(
      /^\[(HasChildren|NotSupported)\]/,
    );
    expect((await backend.readChain(child.path)).map((disk) => disk.path)).toEqual([
      child.path,
      base.path,
    ]);
  });

  it("is free again when they are deleted", async () => {
    const { golden, disks } = makeLayout(`freed-${format}`);
    const base = await makeBase(`${golden}/base.${format}`, format);
    const child = await makeChild(`${disks}/web.${format}`, base.path, format);

    await backend.deleteDisk(targetOf(child));
    await backend.deleteDisk(targetOf(base));

    expect([...listNames(golden), ...listNames(disks)]).toEqual([]);
  });

  it("follows them when they move, and lets one go that gets another parent", async () => {
    const { golden, disks } = makeLayout(`follows-${format}`);
    const base = await makeBase(`${golden}/base.${format}`, format);
    const child = await makeChild(`${disks}/web.${format}`, base.path, format);
    mkdirSync(`${disks}/moved`);

    const moved = await backend.moveDisk(targetOf(child), `${disks}/moved/web.${format}`);

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[HasChildren\].*moved\/web/,
    );
    copyFileSync(base.path, `${golden}/copy.${format}`);
    await backend.setParent(targetOf(moved), `${golden}/copy.${format}`);
    await backend.deleteDisk(targetOf(base));
    expect(existsSync(base.path)).toBe(false);
  });

  it("takes them along when it is asked to", async () => {
    const { golden, disks } = makeLayout(`along-${format}`);
    const base = await makeBase(`${golden}/base.${format}`, format);
    const child = await makeChild(`${disks}/web.${format}`, base.path, format);
    const newPath = `${golden}/renamed.${format}`;

    await backend.moveDisk(targetOf(base), newPath, { repointChildren: true });

    expect((await backend.readChain(child.path)).map((disk) => disk.path)).toEqual([
      child.path,
      newPath,
    ]);
    await expect(backend.deleteDisk({ ...targetOf(base), path: newPath })).rejects.toThrow(
      /^\[HasChildren\]/,
    );
  });

  it("counts a recorded child whose volume is not mounted", async () => {
    const { golden, disks } = makeLayout(`unmounted-${format}`);
    const base = await makeBase(`${golden}/base.${format}`, format);
    await makeChild(`${disks}/web.${format}`, base.path, format);
    renameSync(disks, `${disks}.away`);

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[Unavailable\].*disks\/web/,
    );
    mkdirSync(disks);
    writeFileSync(`${disks}/something`, "else");
    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[Unavailable\].*disks\/web/,
    );
    expect(existsSync(base.path)).toBe(true);
  });

  it("does not count one that was removed by hand", async () => {
    const { golden, disks } = makeLayout(`by-hand-${format}`);
    const base = await makeBase(`${golden}/base.${format}`, format);
    const child = await makeChild(`${disks}/web.${format}`, base.path, format);
    rmSync(child.path);

    await backend.deleteDisk(targetOf(base));

    expect(listNames(golden)).toEqual([]);
  });
});

describe("a parent", () => {
  it("is marked read-only with its first child, and writable again with its last", async () => {
    const { golden, disks } = makeLayout("read-only");
    const base = await makeBase(`${golden}/base.vhdx`);
    const before = statSync(base.path).mode;
    const [one, two] = [
      await makeChild(`${disks}/one.vhdx`, base.path),
      await makeChild(`${disks}/two.vhdx`, base.path),
    ];

    const marked = statSync(base.path).mode & 0o222;
    await backend.deleteDisk(targetOf(one));
    const stillMarked = statSync(base.path).mode & 0o222;
    await backend.deleteDisk(targetOf(two));

    expect([marked, stillMarked]).toEqual([0, 0]);
    expect(statSync(base.path).mode).toBe(before);
  });

  it("that once had children does not grow, and the message says what to do", async () => {
    const { golden, disks } = makeLayout("was-parent");
    const base = await makeBase(`${golden}/base.vhdx`);
    await backend.deleteDisk(targetOf(await makeChild(`${disks}/one.vhdx`, base.path)));

    const growth = backend.growDisk(targetOf(base), 32 * MIB);

    await expect(growth).rejects.toThrow(
      /^\[HasChildren\] this disk is or was a parent.*\.base\.vhdx\.vhd-trace/,
    );
    rmSync(`${golden}/.base.vhdx.vhd-trace`);
    expect((await backend.growDisk(targetOf(base), 32 * MIB)).sizeBytes).toBe(32 * MIB);
  });
});

describe("the search for children made by other software", () => {
  it.each<[string, (folder: string, base: string) => Promise<void>]>([
    ["with another extension", (folder, base) => makeForeignChild(base, `${folder}/child.img`)],
    [
      "below a linked folder",
      async (folder, base) => {
        mkdirSync(`${folder}/../aside`);
        await makeForeignChild(base, `${folder}/../aside/child.vhdx`);
        symlinkSync(`${folder}/../aside`, `${folder}/link`);
      },
    ],
    [
      "in lost+found",
      async (folder, base) => {
        mkdirSync(`${folder}/lost+found`);
        await makeForeignChild(base, `${folder}/lost+found/child.vhdx`);
      },
    ],
    [
      "under a name that is no text",
      async (folder, base) => {
        await makeForeignChild(base, `${folder}/child.vhdx`);
        renameSync(
          `${folder}/child.vhdx`,
          Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe, 0x61])]),
        );
      },
    ],
  ])("finds one %s", async (name, put) => {
    const { golden } = makeLayout(`foreign ${name}`);
    const base = await makeBase(`${golden}/base.vhdx`);
    await put(golden, base.path);

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(/^\[HasChildren\]/);
    expect(existsSync(base.path)).toBe(true);
  });

  it("finds one among so many names that they are read bit by bit", async () => {
    const place = makeFolder("many-names");
    const base = await makeBase(`${place}/base.vhdx`);
    await makeForeignChild(base.path, `${place}/child.vhdx`);
    // 13,000 names of this length make a folder of more than 4 MiB on most file systems.
    for (let index = 0; index < 13_000; index += 1) {
      writeFileSync(`${place}/${String(index).padStart(240, "x")}`, "");
    }

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[HasChildren\].*child\.vhdx/,
    );
  });

  it("takes a damaged image for what may be one, and names it", async () => {
    const { golden } = makeLayout("damaged");
    const base = await makeBase(`${golden}/base.vhdx`);
    await makeForeignChild(base.path, `${golden}/child.vhdx`);
    truncateSync(`${golden}/child.vhdx`, 300_000);

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[CorruptImage\] it cannot be determined.*child/,
    );
    expect(existsSync(base.path)).toBe(true);
  });

  it.each(["missing", "/a,/b"])("fails where the search folder %s is not there", async (folder) => {
    const { golden } = makeLayout(`search ${folder.replaceAll("/", "_")}`);
    const base = await makeBase(`${golden}/base.vhdx`);
    const searching = createEmbeddedBackend({ searchFolders: [`${golden}/${folder}`] });

    await expect(searching.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[Unavailable\].*vhd:searchFolders/,
    );
    expect(existsSync(base.path)).toBe(true);
  });
});
