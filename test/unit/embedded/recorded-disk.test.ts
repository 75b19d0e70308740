import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from "node:fs";
import type { CreateDiskRequest } from "../../../provider/disk/backend";
import { openNodeFile } from "../../../provider/embedded/node-file";
import { createOwnId, isOwnId } from "../../../provider/embedded/own-id";
import { FORMAT_DRIVERS } from "../../../provider/image/formats";
import { listNames, targetOf, useEmbeddedDisks, writeContent } from "../../support/embedded-disks";

const MIB = 1024 * 1024;
const FORMATS = ["vhd", "vhdx"] as const;
const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

/** Overwrites the creator text of a VHDX, as that of other software. */
function makeForeign(path: string): void {
  const file = openSync(path, "r+");
  writeSync(
    file,
    Buffer.from("Microsoft Windows 10.0.19041.0\0".padEnd(256, "\0"), "utf16le"),
    0,
    512,
    8,
  );
}

/**
 * Puts a child there without a look at what it depends on. @returns what its own children record of
 * it
 */
async function putChild(path: string, parentPath: string, linkageId: string): Promise<string> {
  const file = await openNodeFile(path, "create");
  const ownId = randomUUID();
  const parent = { linkageId, diskId: linkageId, absolutePath: parentPath };
  await FORMAT_DRIVERS.vhd.create(file, {
    type: "differencing",
    sizeBytes: 16 * MIB,
    parent,
    ownId,
  });
  await file.close();
  return ownId;
}

describe("a differencing VHDX of other software", () => {
  it("is not taken for the recorded one when a sibling was copied over it", async () => {
    const place = makeFolder("sibling-copied");
    const base = await makeBase(`${place}/base.vhdx`);
    const [child, sibling] = [
      await makeChild(`${place}/child.vhdx`, base.path),
      await makeChild(`${place}/sibling.vhdx`, base.path),
    ];
    [child, sibling].forEach((disk) => makeForeign(disk.path));
    const recorded = targetOf(await backend.inspectDisk(child.path));
    copyFileSync(sibling.path, child.path);

    await expect(backend.deleteDisk(recorded)).rejects.toThrow(
      /^\[AlreadyExists\].*pulumi refresh/,
    );
    await expect(backend.moveDisk(recorded, `${place}/moved.vhdx`)).rejects.toThrow(
      /^\[AlreadyExists\]/,
    );
    expect(existsSync(child.path)).toBe(true);
  });

  it("is deleted when it is as it was recorded", async () => {
    const place = makeFolder("foreign");
    const base = await makeBase(`${place}/base.vhdx`);
    const child = await makeChild(`${place}/child.vhdx`, base.path);
    makeForeign(child.path);
    const recorded = targetOf(await backend.inspectDisk(child.path));

    await backend.deleteDisk(recorded);

    expect(listNames(place)).toEqual(["base.vhdx"]);
  });
});

describe("a disk whose folder is not the one in which it was recorded", () => {
  it("is not gone while its volume is not mounted", async () => {
    const place = makeFolder("unmounted");
    mkdirSync(`${place}/disks`);
    if (
      process.platform !== "linux" ||
      spawnSync("mount", ["-t", "tmpfs", "none", `${place}/disks`]).status !== 0
    ) {
      process.stderr.write(
        "skipped: a disk on a volume that is not mounted (nothing can be mounted here)\n",
      );
      return;
    }
    const disk = await makeBase(`${place}/disks/a.vhdx`);
    spawnSync("umount", [`${place}/disks`]);

    const located = backend.locateDisk(targetOf(disk));

    await expect(located).rejects.toThrow(/^\[Unavailable\].*Mount its volume/);
    await expect(backend.deleteDisk(targetOf(disk))).rejects.toThrow(/^\[Unavailable\]/);
  });

  it("is not gone while another folder has the name of its own, and is gone where that one is empty", async () => {
    const place = makeFolder("exchanged");
    mkdirSync(`${place}/disks`);
    const disk = await makeBase(`${place}/disks/a.vhdx`);
    renameSync(`${place}/disks`, `${place}/away`);
    mkdirSync(`${place}/disks`);
    await makeBase(`${place}/disks/other.vhdx`);

    await expect(backend.locateDisk(targetOf(disk))).rejects.toThrow(/^\[Unavailable\]/);
    rmSync(`${place}/disks/other.vhdx`);
    expect(await backend.locateDisk(targetOf(disk))).toBeUndefined();
  });
});

describe.each(FORMATS)("a %s that was moved by a run that did not end", (format) => {
  it("is found at its new place, by whoever asks where it is", async () => {
    const place = makeFolder(`moved-${format}`);
    const base = await makeBase(`${place}/base.${format}`, format);
    const child = await makeChild(`${place}/a.${format}`, base.path, format);

    const moved = await backend.moveDisk(targetOf(child), `${place}/b.${format}`);

    expect(await backend.locateDisk(targetOf(child))).toBe(moved.path);
    expect(await backend.locateDisk(targetOf(moved))).toBe(moved.path);
    await backend.deleteDisk(targetOf(child));
    expect(listNames(place)).toEqual([`base.${format}`]);
  });
});

describe.each(FORMATS)("the creation of a %s that was cut off", (format) => {
  const request = (place: string): CreateDiskRequest => ({
    type: "dynamic",
    format,
    path: `${place}/a.${format}`,
    sizeBytes: 16 * MIB,
    owner: "project/stack/base",
  });

  it("goes on with the disk that it made", async () => {
    const place = makeFolder(`own-${format}`);
    const made = await backend.createDisk(request(place));

    const again = await backend.createDisk(request(place));

    expect(again).toEqual(made);
  });

  it("takes over neither the disk of another owner nor one that is not as declared", async () => {
    const place = makeFolder(`not-own-${format}`);
    await backend.createDisk(request(place));

    await expect(
      backend.createDisk({ ...request(place), owner: "project/stack/other" }),
    ).rejects.toThrow(/^\[AlreadyExists\].*aliases/);
    await expect(backend.createDisk({ ...request(place), sizeBytes: 32 * MIB })).rejects.toThrow(
      /^\[AlreadyExists\].*sizeBytes is 16777216, but 33554432 is declared/,
    );
  });
});

describe.each(["fixed", "dynamic"] as const)("a %s disk that was written to", (type) => {
  it.each(FORMATS)("is not taken for the %s of a creation that was cut off", async (format) => {
    const place = makeFolder(`written-${type}-${format}`);
    const request: CreateDiskRequest = {
      type,
      format,
      path: `${place}/a.${format}`,
      sizeBytes: 4 * MIB,
      owner: "project/stack/base",
    };
    const made = await backend.createDisk(request);
    expect(await backend.createDisk(request)).toEqual(made);
    await writeContent(made, 3 * MIB, Buffer.alloc(512, 1));

    await expect(backend.createDisk(request)).rejects.toThrow(/^\[AlreadyExists\]/);

    expect(await backend.isOwn(made.path, "project/stack/base")).toBe(false);
  });
});

describe("an id made for an owner", () => {
  it("is recognised by that owner alone, and no two are equal", () => {
    const ids = Array.from({ length: 200 }, () => createOwnId("one"));

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => isOwnId(id, "one") && isOwnId(`{${id.toUpperCase()}}`, "one"))).toBe(
      true,
    );
    expect(ids.some((id) => isOwnId(id, "two"))).toBe(false);
    expect(isOwnId(createOwnId(undefined), "one")).toBe(false);
    expect(isOwnId("no guid", "one")).toBe(false);
  });
});

describe("a FIFO, a socket or a device", () => {
  it("is never waited for, wherever it is met", async () => {
    const place = makeFolder("special");
    const base = await makeBase(`${place}/base.vhdx`);
    if (process.platform === "win32" || spawnSync("mkfifo", [`${place}/child.vhdx`]).status !== 0) {
      process.stderr.write("skipped: a FIFO named like a disk (none can be made here)\n");
      return;
    }

    await expect(backend.inspectDisk(`${place}/child.vhdx`)).rejects.toThrow(
      /^\[UnsupportedImage\]/,
    );
    await expect(backend.readChain("/dev/zero")).rejects.toThrow(/^\[UnsupportedImage\]/);
    await expect(makeChild(`${place}/leaf.vhdx`, `${place}/child.vhdx`)).rejects.toThrow(
      /^\[UnsupportedImage\]/,
    );
    await backend.deleteDisk(targetOf(base));
    expect(listNames(place)).toEqual(["child.vhdx"]);
  });
});

describe("a change query over a disk that is written to meanwhile", () => {
  it("fails even when the modification time is put back", async () => {
    const place = makeFolder("times-put-back");
    const base = await makeBase(`${place}/base.vhdx`);
    const child = await makeChild(`${place}/child.vhdx`, base.path);
    await writeContent(child, 0, new Uint8Array(512).fill(1));
    const past = new Date("2020-01-01T00:00:00Z");
    utimesSync(child.path, past, past);
    const stream = await backend.queryChanges({ path: child.path, baseline: { kind: "parent" } });

    const bytes = readFileSync(child.path);
    const file = openSync(child.path, "r+");
    writeSync(file, bytes.subarray(0, 1), 0, 1, 0);
    utimesSync(child.path, past, past);

    await expect(
      (async () => {
        for await (const batch of stream.batches) {
          expect(batch).toBeDefined();
        }
      })(),
    ).rejects.toThrow(/^\[InUse\]/);
  });
});

describe("a fixed disk", () => {
  it.each(FORMATS)("takes all its space when it is made as a %s", async (format) => {
    const place = makeFolder(`fixed-${format}`);

    const disk = await backend.createDisk({
      type: "fixed",
      format,
      path: `${place}/a.${format}`,
      sizeBytes: 16 * MIB,
    });

    const blocks = spawnSync("du", ["--block-size=1", disk.path]).stdout.toString();
    expect(Number.parseInt(blocks, 10)).toBeGreaterThanOrEqual(16 * MIB);
  });
});

describe("a chain", () => {
  it("never becomes longer than what can be opened", async () => {
    const place = makeFolder("deep");
    let { linkageId = "" } = await makeBase(`${place}/0.vhd`, "vhd");
    for (let depth = 1; depth < 256; depth += 1) {
      linkageId = await putChild(`${place}/${depth}.vhd`, `${place}/${depth - 1}.vhd`, linkageId);
    }

    await expect(makeChild(`${place}/256.vhd`, `${place}/255.vhd`, "vhd")).rejects.toThrow(
      /^\[ChainTooDeep\]/,
    );
    expect(listNames(place)).toHaveLength(256);
  });
});
