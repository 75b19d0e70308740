import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { listNames, targetOf, useEmbeddedDisks } from "../../support/embedded-disks";

const { backend, makeFolder, makeBase } = useEmbeddedDisks();

/** A file system that joins folders of others, as the file systems of containers do. */
function mountOverlay(place: string): boolean {
  ["lower", "upper", "work", "disks"].forEach((name) => mkdirSync(`${place}/${name}`));
  const layers = `lowerdir=${place}/lower,upperdir=${place}/upper,workdir=${place}/work`;
  const options = ["-t", "overlay", "overlay", "-o", layers, `${place}/disks`];
  return process.platform === "linux" && spawnSync("mount", options).status === 0;
}

describe("a disk on an overlay file system that another program has locked", () => {
  it("is not deleted, and is free again afterwards", async () => {
    const place = makeFolder("overlay");
    if (!mountOverlay(place) || spawnSync("flock", ["--version"]).status !== 0) {
      process.stderr.write(
        "skipped: a disk held on an overlay file system (none can be mounted here)\n",
      );
      return;
    }
    try {
      const disk = await makeBase(`${place}/disks/a.vhdx`);
      const holder = spawn("flock", [disk.path, "sh", "-c", "echo held; cat"], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      await once(holder.stdout, "data");

      const held = await backend.deleteDisk(targetOf(disk)).catch((error: unknown) => error);
      holder.stdin.end();
      await once(holder, "exit");
      const namesWhileHeld = listNames(`${place}/disks`);
      await backend.deleteDisk(targetOf(disk));

      expect(held).toMatchObject({ code: "InUse" });
      expect([namesWhileHeld, listNames(`${place}/disks`)]).toEqual([["a.vhdx"], []]);
    } finally {
      spawnSync("umount", [`${place}/disks`]);
    }
  });
});
