import { readFile, readdir, stat } from "node:fs/promises";
import { DiskError } from "../disk/errors";
import { SharedAnswers } from "../disk/turns";

/**
 * Who holds which file. A file is named by its device number and its inode; that of a loop device by its path as well, since
 * what has this path here may be another file.
 */
type Holders = ReadonlyMap<string, string>;

const answers = new SharedAnswers<Holders>();

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
  const key = await readFileKey(path);
  const holders = await answers.get("holders", () => readHolders());
  const holder = holders.get(key) ?? holders.get(path);
  if (holder !== undefined) {
    throw new DiskError("InUse", {
      what: "another program holds the disk",
      subject: path,
      facts: { holder },
      remedy: "Shut the machine down or detach the disk, then try again.",
    });
  }
}

async function readFileKey(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

async function readHolders(): Promise<Holders> {
  const locks = await readFile("/proc/locks", "utf8").catch(() => "");
  const devices = await readdir("/sys/block").catch(() => []);
  const loops = await Promise.all(devices.filter((name) => name.startsWith("loop")).map(readLoopDevice));
  return new Map([...loops.flat(), ...locks.split("\n").flatMap(parseLock)]);
}

/** A line reads `1: OFDLCK ADVISORY READ 4711 08:01:131 0 EOF`: device numbers in hexadecimal, inode in decimal. */
function parseLock(line: string): [string, string][] {
  const match = /(?<processId>-?\d+) (?<major>[0-9a-f]+):(?<minor>[0-9a-f]+):(?<inode>\d+) /i.exec(line);
  if (match?.groups === undefined) {
    return [];
  }
  const { processId = "", major = "", minor = "", inode = "" } = match.groups;
  const holder = processId === "-1" ? "a process with an open file lock" : `process ${processId}`;
  const device = deviceNumber(parseInt(major, 16), parseInt(minor, 16));
  return [[`${device}:${inode}`, holder]];
}

/** Puts a device number together as glibc does. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x100000;
}

/** @returns nothing for a loop device that is free, as most are */
async function readLoopDevice(device: string): Promise<[string, string][]> {
  const backingFile = await readFile(`/sys/block/${device}/loop/backing_file`, "utf8").catch(() => "");
  const path = backingFile.trimEnd();
  if (path === "") {
    return [];
  }
  const key = await readFileKey(path).catch(() => path);
  return [
    [path, `/dev/${device}`],
    [key, `/dev/${device}`],
  ];
}
