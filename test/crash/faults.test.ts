import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import type { DiskFormat } from "../../provider/disk/disk";
import { isDiskError } from "../../provider/disk/errors";
import { createEmbeddedBackend } from "../../provider/embedded/embedded-backend";
import { listNames, targetOf } from "../support/embedded-disks";
import { failureOf } from "../support/failure-of";
import { runLimitedScript } from "../support/run-script";
import { useTempFolder } from "../support/temp-folder";

const MIB = 1024 * 1024;
const FORMATS: readonly DiskFormat[] = ["vhd", "vhdx"];
const folder = useTempFolder();
const backend = createEmbeddedBackend();

/** Mounts a small volume in memory for a test. @returns `undefined` where nothing can be mounted */
function mountVolume(name: string, sizeBytes: number): string | undefined {
  const place = folder(name);
  mkdirSync(place);
  const options = ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "none", place];
  if (process.platform === "linux" && spawnSync("mount", options).status === 0) {
    return place;
  }
  process.stderr.write(
    `skipped: a volume that is full or read-only, ${name} (nothing can be mounted here)\n`,
  );
  return undefined;
}

describe.each(FORMATS)("a %s on a volume that is full", (format) => {
  it("is not made, and the message says what is missing", async () => {
    const place = mountVolume(`full-${format}`, 8 * MIB);
    if (place === undefined) {
      return;
    }
    try {
      const path = `${place}/a.${format}`;
      const { bavail, bsize } = statfsSync(place);
      writeFileSync(`${place}/filler`, Buffer.alloc(bavail * bsize));

      const fixed = await failureOf(
        backend.createDisk({ type: "fixed", format, path, sizeBytes: 64 * MIB }),
      );
      const dynamic = await failureOf(
        backend.createDisk({ type: "dynamic", format, path, sizeBytes: 64 * MIB }),
      );

      expect([fixed.code, dynamic.code]).toEqual(["IoFailed", "IoFailed"]);
      expect(fixed.message).toMatch(/not have enough free space.*Free up space/);
      expect(dynamic.message).toMatch(/ENOSPC.*The volume is full/);
      expect(listNames(place)).toEqual(["filler"]);
    } finally {
      spawnSync("umount", [place]);
    }
  });
});

describe.each(FORMATS)("a %s on a volume that became read-only", (format) => {
  it("stays whole whatever is asked, and the message says why", async () => {
    const place = mountVolume(`read-only-${format}`, 64 * MIB);
    if (place === undefined) {
      return;
    }
    try {
      const base = await backend.createDisk({
        type: "dynamic",
        format,
        path: `${place}/base.${format}`,
        sizeBytes: 16 * MIB,
      });
      const target = targetOf(base);
      spawnSync("mount", ["-o", "remount,ro", place]);

      const errors = [
        await failureOf(
          backend.createDisk({
            type: "dynamic",
            format,
            path: `${place}/new.${format}`,
            sizeBytes: 16 * MIB,
          }),
        ),
        await failureOf(backend.deleteDisk(target)),
        await failureOf(backend.moveDisk(target, `${place}/moved.${format}`)),
        ...(format === "vhdx" ? [await failureOf(backend.growDisk(target, 32 * MIB))] : []),
      ];

      expect(errors.map((error) => error.code)).toEqual(errors.map(() => "AccessDenied"));
      expect(errors.every((error) => /mounted read-only/.test(error.message))).toBe(true);
      expect(await backend.inspectDisk(base.path)).toEqual(base);
    } finally {
      spawnSync("umount", [place]);
    }
  });

  it("can still be a parent of disks elsewhere", async () => {
    const place = mountVolume(`golden-${format}`, 64 * MIB);
    if (place === undefined) {
      return;
    }
    try {
      const path = `${place}/base.${format}`;
      await backend.createDisk({ type: "dynamic", format, path, sizeBytes: 16 * MIB });
      spawnSync("mount", ["-o", "remount,ro", place]);
      const childPath = folder(`child-of-golden.${format}`);

      const child = await backend.createDisk({
        type: "differencing",
        format,
        path: childPath,
        parentPath: path,
      });

      expect(child.parent?.resolvedPath).toBe(path);
      await backend.deleteDisk(targetOf(child));
    } finally {
      spawnSync("umount", [place]);
    }
  });
});

describe("a folder that is removed while disks are made in it", () => {
  it("ends every creation with a named error or a whole disk", async () => {
    const place = folder("removed");
    mkdirSync(place);

    const creations = Array.from({ length: 20 }, (_, index) =>
      backend.createDisk({
        type: "dynamic",
        format: "vhdx",
        path: `${place}/${index}.vhdx`,
        sizeBytes: 16 * MIB,
      }),
    );
    rmSync(place, { recursive: true, force: true });
    const outcomes = await Promise.allSettled(creations);

    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason as unknown] : [],
    );
    expect(reasons.every((reason) => isDiskError(reason) && reason.code !== "Internal")).toBe(true);
  });
});

const itOnPosix = process.platform === "win32" ? it.skip : it;

describe("a process that has no file descriptors left", () => {
  itOnPosix("makes whole disks or none, with named errors", async () => {
    const place = folder("descriptors");
    mkdirSync(place);
    const script = `
      const { createEmbeddedBackend } = require(dist + "/provider/embedded/embedded-backend.js");
      const backend = createEmbeddedBackend();
      const make = (index) => backend.createDisk({ type: "dynamic", format: "vhdx", path: ${JSON.stringify(place)} + "/" + index + ".vhdx", sizeBytes: ${16 * MIB} });
      Promise.allSettled(Array.from({ length: 60 }, (_, index) => make(index))).then((outcomes) => {
        const codes = outcomes.map((outcome) => outcome.status === "fulfilled" ? "made" : (outcome.reason.code + " " + outcome.reason.message));
        console.log(JSON.stringify(codes));
      });
    `;

    const { output } = await runLimitedScript("ulimit -n 40", script);

    const codes = JSON.parse(output) as string[];
    expect(
      codes.filter((code) => code !== "made" && !/^IoFailed .*(EMFILE|too many files)/.test(code)),
    ).toEqual([]);
    expect(listNames(place)).toHaveLength(codes.filter((code) => code === "made").length);
    for (const name of listNames(place)) {
      expect((await backend.inspectDisk(`${place}/${name}`)).sizeBytes).toBe(16 * MIB);
    }
  });
});
