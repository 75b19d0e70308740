import { readFile, readdir, stat } from "node:fs/promises";
import { DiskError } from "../disk/errors";

/**
 * Makes sure that no other program holds a disk, as far as the operating system tells.
 *
 * Windows refuses by itself to open, rename or delete what another program holds. Linux does not, so its lists of file
 * locks (QEMU locks every image it opens) and of loop devices are read. Elsewhere nothing can be told.
 *
 * @throws InUse
 */
export async function assertNotInUse(path: string): Promise<void> {
  if (process.platform !== "linux") {
    return;
  }
  const holder = (await findLockHolder(path)) ?? (await findLoopDevice(path));
  if (holder !== undefined) {
    throw new DiskError("InUse", {
      what: "another program holds the disk",
      subject: path,
      facts: { holder },
      remedy: "Shut the machine down or detach the disk, then try again.",
    });
  }
}

/** Lines read `1: OFDLCK ADVISORY READ 4711 08:01:131 0 EOF`: device numbers in hexadecimal, inode in decimal. */
async function findLockHolder(path: string): Promise<string | undefined> {
  const file = await stat(path);
  const locks = await readFile("/proc/locks", "utf8").catch(() => "");
  for (const line of locks.split("\n")) {
    const fields = line.trim().split(/\s+/);
    const place = fields.findIndex((field) => /^[0-9a-f]+:[0-9a-f]+:\d+$/i.test(field));
    const [major = "", minor = "", inode = ""] = fields[place]?.split(":") ?? [];
    if (inode === String(file.ino) && deviceNumber(parseInt(major, 16), parseInt(minor, 16)) === file.dev) {
      const processId = fields[place - 1];
      return processId === "-1" || processId === undefined
        ? "a process with an open file lock"
        : `process ${processId}`;
    }
  }
  return undefined;
}

/** Puts a device number together as glibc does. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x100000;
}

async function findLoopDevice(path: string): Promise<string | undefined> {
  const devices = await readdir("/sys/block").catch(() => []);
  for (const device of devices.filter((name) => name.startsWith("loop"))) {
    const backingFile = await readFile(`/sys/block/${device}/loop/backing_file`, "utf8").catch(() => "");
    if (backingFile.trimEnd() === path) {
      return `/dev/${device}`;
    }
  }
  return undefined;
}
