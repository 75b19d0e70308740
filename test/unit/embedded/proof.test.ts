import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { createEmbeddedBackend } from "../../../provider/embedded/embedded-backend";
import { listNames, targetOf, useEmbeddedDisks, writeContent } from "../../support/embedded-disks";

const MIB = 1024 * 1024;
const { backend, makeFolder, makeBase, makeChild } = useEmbeddedDisks();

describe("the deletion of a disk", () => {
  it("succeeds when the file is gone, and fails when nobody can tell", async () => {
    const place = makeFolder("gone");
    const disk = await makeBase(`${place}/a.vhdx`);
    rmSync(disk.path);

    await backend.deleteDisk(targetOf(disk));
    rmSync(place, { recursive: true });

    await expect(backend.deleteDisk(targetOf(disk))).rejects.toThrow(
      /^\[Unavailable\].*Mount its volume/,
    );
    await expect(backend.inspectDisk(disk.path)).rejects.toThrow(/^\[Unavailable\]/);
  });

  it("leaves a sibling alone that was copied over the file", async () => {
    const place = makeFolder("sibling");
    const base = await makeBase(`${place}/base.vhdx`);
    const child = await makeChild(`${place}/child.vhdx`, base.path);
    const sibling = await makeChild(`${place}/sibling.vhdx`, base.path);
    copyFileSync(sibling.path, child.path);

    await expect(backend.deleteDisk(targetOf(child))).rejects.toThrow(
      /^\[AlreadyExists\] a different disk/,
    );
    await expect(backend.growDisk(targetOf(child), 32 * MIB)).rejects.toThrow(/^\[AlreadyExists\]/);
    await expect(backend.setParent(targetOf(child), base.path)).rejects.toThrow(
      /^\[AlreadyExists\]/,
    );
    expect(readFileSync(child.path).equals(readFileSync(sibling.path))).toBe(true);
  });

  it("knows its disk again after a machine wrote to it and a backup brought it back", async () => {
    const place = makeFolder("restored");
    const base = await makeBase(`${place}/base.vhdx`);
    const child = await makeChild(`${place}/child.vhdx`, base.path);
    await writeContent(child, 0, new Uint8Array(512).fill(7));
    copyFileSync(child.path, `${place}/backup`);
    rmSync(child.path);
    renameSync(`${place}/backup`, child.path);

    await backend.deleteDisk(targetOf(child));

    expect(listNames(place)).toEqual(["base.vhdx"]);
  });

  it("refuses a link, which may lead to somebody else's file", async () => {
    const place = makeFolder("link");
    const disk = await makeBase(`${place}/a.vhdx`);
    symlinkSync(disk.path, `${place}/b.vhdx`);

    await expect(
      backend.deleteDisk({ ...targetOf(disk), path: `${place}/b.vhdx` }),
    ).rejects.toThrow(/is a link/);
    expect(listNames(place)).toEqual(["a.vhdx", "b.vhdx"]);
  });

  it("refuses what is damaged, since nobody can tell which disk it was", async () => {
    const place = makeFolder("damaged");
    const disk = await makeBase(`${place}/a.vhdx`);
    truncateSync(disk.path, 100_000);

    await expect(backend.deleteDisk(targetOf(disk))).rejects.toThrow(/^\[CorruptImage\]/);
    expect(listNames(place)).toEqual(["a.vhdx"]);
  });
});

describe("the children of a disk", () => {
  it("are found in its folder, below it and in further folders", async () => {
    const place = makeFolder("children");
    mkdirSync(`${place}/golden/jobs/deep`, { recursive: true });
    mkdirSync(`${place}/elsewhere`);
    const base = await makeBase(`${place}/golden/base.vhdx`);
    const deep = await makeChild(`${place}/golden/jobs/deep/child.vhdx`, base.path);
    const elsewhere = await makeChild(`${place}/elsewhere/child.vhdx`, base.path);
    const searching = createEmbeddedBackend({ searchFolders: [`${place}/elsewhere`] });

    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[HasChildren\].*jobs\/deep\/child\.vhdx/,
    );
    await backend.deleteDisk(targetOf(deep));
    await expect(searching.deleteDisk(targetOf(base))).rejects.toThrow(
      /^\[HasChildren\].*elsewhere\/child\.vhdx/,
    );
    await searching.deleteDisk(targetOf(elsewhere));
    await searching.deleteDisk(targetOf(base));

    expect(readdirSync(`${place}/golden`)).toEqual(["jobs"]);
  });

  it("count even when their link is broken, because this disk may mend it", async () => {
    const place = makeFolder("broken-link");
    const base = await makeBase(`${place}/base.vhdx`);
    await makeChild(`${place}/child.vhdx`, base.path);
    await writeContent(base, 0, new Uint8Array(512).fill(7));

    await expect(backend.readChain(`${place}/child.vhdx`)).rejects.toThrow(/^\[ParentMismatch\]/);
    await expect(backend.deleteDisk(targetOf(base))).rejects.toThrow(/^\[HasChildren\]/);
  });

  it("are found by each of many deletions at the same time", async () => {
    const place = makeFolder("many-deletions");
    const parent = await makeBase(`${place}/parent.vhdx`);
    const children = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        makeChild(`${place}/child-${index}.vhdx`, parent.path),
      ),
    );
    const grandchild = await makeChild(`${place}/grandchild.vhdx`, `${place}/child-7.vhdx`);

    const results = await Promise.allSettled(
      [parent, ...children].map((disk) => backend.deleteDisk(targetOf(disk))),
    );

    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(2);
    expect(listNames(place)).toEqual(["child-7.vhdx", "grandchild.vhdx", "parent.vhdx"]);
    expect(await backend.readChain(grandchild.path)).toHaveLength(3);
  });

  it("of a copy are not children of the original", async () => {
    const place = makeFolder("copies");
    mkdirSync(`${place}/a`);
    mkdirSync(`${place}/a/b`);
    const base = await makeBase(`${place}/a/base.vhdx`);
    await makeChild(`${place}/a/child.vhdx`, base.path);
    copyFileSync(base.path, `${place}/a/b/base.vhdx`);
    copyFileSync(`${place}/a/child.vhdx`, `${place}/a/b/child.vhdx`);
    rmSync(`${place}/a/child.vhdx`);

    await backend.deleteDisk(targetOf(base));

    expect(readdirSync(`${place}/a/b`)).toEqual(["base.vhdx", "child.vhdx"]);
    expect((await backend.readChain(`${place}/a/b/child.vhdx`))[1]?.path).toBe(
      `${place}/a/b/base.vhdx`,
    );
  });

  it("keep a parent from growing, which would break them", async () => {
    const place = makeFolder("grow-parent");
    const base = await makeBase(`${place}/base.vhdx`);
    const child = await makeChild(`${place}/child.vhdx`, base.path);

    await expect(backend.growDisk(targetOf(base), 32 * MIB)).rejects.toThrow(/^\[HasChildren\]/);
    const grown = await backend.growDisk(targetOf(child), 32 * MIB);

    expect(grown.sizeBytes).toBe(32 * MIB);
    expect(await backend.readChain(child.path)).toHaveLength(2);
  });

  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    process.stderr.write(
      "skipped: are not said to be missing when a folder cannot be searched (root searches all)\n",
    );
  }

  (isRoot ? it.skip : it)(
    "are not said to be missing when a folder cannot be searched",
    async () => {
      const place = makeFolder("secret");
      mkdirSync(`${place}/closed`);
      const base = await makeBase(`${place}/base.vhdx`);
      chmodSync(`${place}/closed`, 0);

      const deletion = backend.deleteDisk(targetOf(base));

      await expect(deletion).rejects.toThrow(/^\[AccessDenied\].*closed/);
      chmodSync(`${place}/closed`, 0o700);
    },
  );
});

const hasFlock = process.platform === "linux" && spawnSync("flock", ["--version"]).status === 0;
const describeWithFlock = hasFlock ? describe : describe.skip;

describeWithFlock("a disk that another process has locked", () => {
  it("is neither deleted, moved, resized nor made a parent, and is free again afterwards", async () => {
    const place = makeFolder("locked");
    const disk = await makeBase(`${place}/a.vhdx`);
    const holder = spawn("flock", [disk.path, "sh", "-c", "echo held; cat"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");

    await expect(backend.deleteDisk(targetOf(disk))).rejects.toThrow(/^\[InUse\].*process/);
    await expect(backend.growDisk(targetOf(disk), 32 * MIB)).rejects.toThrow(/^\[InUse\]/);
    await expect(backend.moveDisk(targetOf(disk), `${place}/b.vhdx`)).rejects.toThrow(/^\[InUse\]/);
    await expect(makeChild(`${place}/child.vhdx`, disk.path)).rejects.toThrow(/^\[InUse\]/);
    holder.stdin.end();
    await once(holder, "exit");
    await backend.deleteDisk(targetOf(disk));

    expect(listNames(place)).toEqual([]);
  });
});

/** Only the system's administrator may make loop devices, and not in every container. */
const hasLoopDevices = process.getuid?.() === 0 && spawnSync("losetup", ["--find"]).status === 0;

describe("a disk behind a loop device", () => {
  const name = "is not deleted, by whatever path it is reached";
  if (!hasLoopDevices) {
    process.stderr.write(`skipped: ${name} (no loop devices can be made here)\n`);
  }

  (hasLoopDevices ? it : it.skip)(name, async () => {
    const place = makeFolder("loop");
    mkdirSync(`${place}/disks`);
    symlinkSync(`${place}/disks`, `${place}/link`);
    const disk = await makeBase(`${place}/disks/a.vhdx`);
    const reached = await backend.inspectDisk(`${place}/link/a.vhdx`);
    const device = spawnSync("losetup", ["--find", "--show", disk.path]).stdout.toString().trim();

    const outcomes = await Promise.allSettled(
      [disk, reached].map((one) => backend.deleteDisk(targetOf(one))),
    );
    spawnSync("losetup", ["--detach", device]);

    const reasons = outcomes.map((outcome) =>
      outcome.status === "rejected" ? String(outcome.reason) : "deleted",
    );
    expect(reasons).toEqual(reasons.map(() => expect.stringContaining(device)));
    expect(readdirSync(`${place}/disks`)).toEqual(["a.vhdx"]);
  });
});
