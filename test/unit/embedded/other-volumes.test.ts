import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { failureOf } from "../../support/failure-of";
import { listNames, targetOf, useEmbeddedDisks, writeContent } from "../../support/embedded-disks";
import { filled } from "../../support/filled";
import { run, withVolume } from "../../support/mounted-volume";

const MIB = 1024 * 1024;
const FORMATS = ["vhd", "vhdx"] as const;
const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

describe("disks on btrfs, where files have other device numbers than their volume", () => {
  it("are not deleted while QEMU has them open", async () => {
    await withVolume("btrfs", makeFolder("held"), "a disk held on btrfs", async (place) => {
      if (spawnSync("qemu-io", ["--version"]).status !== 0) {
        process.stderr.write("skipped: a disk held on btrfs (qemu-io is not installed)\n");
        return;
      }
      const disk = await makeBase(`${place}/a.vhdx`);
      const holder = spawn("qemu-io", ["-f", "vhdx", disk.path], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      holder.stdin.write("read 0 512\n");
      await once(holder.stdout, "data");

      const held = await failureOf(backend.deleteDisk(targetOf(disk)));
      holder.stdin.end("quit\n");
      await once(holder, "exit");
      await backend.deleteDisk(targetOf(disk));

      expect(held.code).toBe("InUse");
      expect(listNames(place)).toEqual([]);
    });
  });

  it.each(FORMATS)("are whole or absent when a quota is used up: %s", async (format) => {
    const folder = makeFolder(`quota-${format}`);
    await withVolume("btrfs", folder, "a quota that is used up", async (volume) => {
      const place = `${volume}/limited`;
      const isLimited =
        run(["btrfs", "quota", "enable", volume]) &&
        run(["btrfs", "subvolume", "create", place]) &&
        run(["btrfs", "qgroup", "limit", "20M", place]);
      const path = `${place}/fixed.${format}`;
      const base = await makeBase(`${place}/base.${format}`, format);

      const failure = await failureOf(
        backend.createDisk({ type: "fixed", format, path, sizeBytes: 64 * MIB }),
      );

      expect(isLimited).toBe(true);
      expect(failure.code).toBe("IoFailed");
      expect(failure.message).toMatch(/EDQUOT.*The quota of this account is used up/);
      expect(listNames(place)).toEqual([`base.${format}`]);
      expect(await backend.inspectDisk(base.path)).toEqual(base);
    });
  });
});

describe.each(FORMATS)("a %s on a volume that ignores case", (format) => {
  it("keeps its content when only the case of its path changes", async () => {
    const folder = makeFolder(`respelled-${format}`);
    await withVolume("ntfs", folder, "a disk respelled in another case", async (place) => {
      const disk = await makeBase(`${place}/Web.${format}`, format);
      await writeContent(disk, MIB, filled(512, 7));
      const content = readFileSync(disk.path);

      const moved = await backend.moveDisk(targetOf(disk), `${place}/WEB.${format.toUpperCase()}`);

      expect(
        readdirSync(place).filter((name) => name.toLowerCase().startsWith("web")),
      ).toHaveLength(1);
      expect(readFileSync(moved.path).equals(content)).toBe(true);
      await backend.deleteDisk({ ...targetOf(moved), path: `${place}/web.${format}` });
      expect(listNames(place)).toEqual([]);
    });
  });

  it("is protected by a child that names it in another case", async () => {
    const folder = makeFolder(`parent-${format}`);
    await withVolume("ntfs", folder, "a parent named in another case", async (place) => {
      mkdirSync(`${place}/golden`);
      mkdirSync(`${place}/disks`);
      const base = await makeBase(`${place}/golden/Base.${format}`, format);
      const child = await makeChild(
        `${place}/Disks/child.${format}`,
        `${place}/GOLDEN/base.${format}`,
        format,
      );

      const failures = [
        await failureOf(backend.deleteDisk(targetOf(base))),
        await failureOf(backend.moveDisk(targetOf(base), `${place}/golden/other.${format}`)),
      ];

      expect(failures.map(({ code }) => code)).toEqual(["HasChildren", "HasChildren"]);
      expect((await backend.readChain(child.path)).length).toBe(2);
    });
  });

  it("is not made where a disk is under another spelling of its path", async () => {
    const folder = makeFolder(`taken-${format}`);
    await withVolume("ntfs", folder, "a path taken in another case", async (place) => {
      const disk = await makeBase(`${place}/a.${format}`, format);

      const failure = await failureOf(makeBase(`${place}/A.${format}`, format));

      expect(failure.code).toBe("AlreadyExists");
      expect(await backend.inspectDisk(disk.path)).toEqual(disk);
    });
  });
});
