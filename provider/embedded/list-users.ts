import { constants } from "node:fs";
import { open, readdir, readlink, statfs } from "node:fs/promises";
import { DiskError } from "../disk/errors";
import { SingleFlight } from "../disk/sync/single-flight";
import { readText, stat } from "./file-calls";
import type { LocalFile } from "./local-file";

/** Who holds a file that the operating system names by numbers. */
interface Lock {
  readonly device: bigint;
  readonly inode: bigint;
  readonly holder: string;
}

/** What is held at one moment. */
interface Holders {
  readonly locks: readonly Lock[];
  /**
   * By the path that the kernel shows, and by `device:inode` of the file that has this path here.
   */
  readonly loopDevices: ReadonlyMap<string, string>;
}

/**
 * The file system that joins folders of others; inodes in its lock list may be those of neither.
 */
const OVERLAY_TYPE = "overlay";

/** The same, as `statfs` tells it. */
const OVERLAY_MAGIC = 0x794c7630;

const answers = new SingleFlight<Holders>();

/**
 * Lists the programs that hold a file, as far as the operating system shows.
 *
 * Windows refuses by itself to open, rename or delete what another program holds. Linux does not,
 * so its lists of file locks (QEMU locks every image it opens) and of loop devices are read.
 * Elsewhere nothing can be told.
 *
 * @throws Unavailable where the lists cannot be read
 */
export async function listUsers(file: LocalFile): Promise<readonly string[]> {
  if (process.platform !== "linux") {
    return [];
  }
  const { locks, loopDevices } = await answers.share("holders", readHolders);
  const loopDevice = loopDevices.get(file.path) ?? loopDevices.get(`${file.device}:${file.inode}`);
  const holders = await listLockHolders(file, locks);
  return [...new Set([...(loopDevice === undefined ? [] : [loopDevice]), ...holders])];
}

/**
 * On btrfs and overlay file systems, `stat` reports another device number than the list of locks
 * does. The mount of the file reports the one in the list.
 */
async function listLockHolders(
  file: LocalFile,
  locks: readonly Lock[],
): Promise<readonly string[]> {
  const sameInode = locks.filter((lock) => lock.inode === file.inode);
  const exact = sameInode.filter((lock) => lock.device === file.device);
  if (exact.length > 0 || locks.length === 0) {
    return exact.map((lock) => lock.holder);
  }
  if (sameInode.length === 0 && !(await mayBeOnOverlay(file.path))) {
    return [];
  }
  const mount = await readMount(file.path);
  if (mount === undefined || mount.device === file.device) {
    return [];
  }
  const onMount = sameInode.filter((lock) => lock.device === mount.device);
  if (
    onMount.length > 0 ||
    mount.type !== OVERLAY_TYPE ||
    !locks.some((lock) => lock.device === mount.device)
  ) {
    return onMount.map((lock) => lock.holder);
  }
  return listOpeners(file);
}

/** Nearly every machine has some locks, and few disks are on such a file system. */
async function mayBeOnOverlay(path: string): Promise<boolean> {
  const volume = await statfs(path).catch(() => undefined);
  return volume === undefined || volume.type === OVERLAY_MAGIC;
}

async function readHolders(): Promise<Holders> {
  const text = await readText("/proc/locks").catch((error: unknown) => {
    throw new DiskError("Unavailable", {
      what:
        "the list of file locks cannot be read, so it cannot be determined whether a disk is in " +
        "use",
      subject: "/proc/locks",
      facts: { error: (error as NodeJS.ErrnoException).code },
      remedy: "Nothing was changed. Run Pulumi where /proc is mounted and readable.",
      cause: error,
    });
  });
  const loops = await Promise.all((await listLoopDevices()).map(readLoopDevice));
  return { locks: text.split("\n").flatMap(parseLock), loopDevices: new Map(loops.flat()) };
}

/**
 * A line reads `1: OFDLCK ADVISORY READ 4711 08:01:131 0 EOF`: device numbers in hexadecimal, inode
 * in decimal.
 */
function parseLock(line: string): Lock[] {
  const match = /(?<processId>-?\d+) (?<major>[0-9a-f]+):(?<minor>[0-9a-f]+):(?<inode>\d+) /i.exec(
    line,
  );
  if (match?.groups === undefined) {
    return [];
  }
  const { processId = "", major = "", minor = "", inode = "" } = match.groups;
  const holder = processId === "-1" ? "a process with an open file lock" : `process ${processId}`;
  return [
    {
      device: deviceNumber(parseInt(major, 16), parseInt(minor, 16)),
      inode: BigInt(inode),
      holder,
    },
  ];
}

/** Puts a device number together as glibc does. */
function deviceNumber(major: number, minor: number): bigint {
  return BigInt((minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x100000);
}

/** The loop devices; only those with content where the kernel has a list of these. */
async function listLoopDevices(): Promise<readonly string[]> {
  try {
    return (await readText("/proc/partitions")).match(/\bloop\d+$/gm) ?? [];
  } catch {
    const devices = await readdir("/sys/block").catch(() => []);
    return devices.filter((name) => name.startsWith("loop"));
  }
}

/** @returns nothing for a loop device that is free */
async function readLoopDevice(device: string): Promise<[string, string][]> {
  const backingFile = await readText(`/sys/block/${device}/loop/backing_file`).catch(() => "");
  const path = backingFile.trimEnd();
  if (path === "") {
    return [];
  }
  const file = await stat(path).catch(() => undefined);
  const byFile: [string, string][] =
    file === undefined ? [] : [[`${file.dev}:${file.ino}`, `/dev/${device}`]];
  return [[path, `/dev/${device}`], ...byFile];
}

/** The mount through which a file is reached, as the kernel numbers it. */
async function readMount(
  path: string,
): Promise<{ readonly device: bigint; readonly type: string } | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) {
    return undefined;
  }
  try {
    const [info, mounts] = await Promise.all([
      readText(`/proc/self/fdinfo/${file.fd}`),
      readText("/proc/self/mountinfo"),
    ]);
    const id = /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
    return id === undefined ? undefined : parseMount(mounts, id);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/** A line reads `36 35 98:0 /root /mount options - type source options`. @see proc(5), mountinfo */
function parseMount(
  mounts: string,
  id: string,
): { readonly device: bigint; readonly type: string } | undefined {
  const line = mounts.split("\n").find((each) => each.startsWith(`${id} `));
  const [, major, minor] = /^\d+ \d+ (\d+):(\d+) /.exec(line ?? "") ?? [];
  const type = / - (\S+) /.exec(line ?? "")?.[1];
  if (major === undefined || minor === undefined || type === undefined) {
    return undefined;
  }
  return { device: deviceNumber(Number(major), Number(minor)), type };
}

/** The other processes that have a file open, of those that this account may look at. */
async function listOpeners(file: LocalFile): Promise<readonly string[]> {
  const processes = (await readdir("/proc")).filter(
    (name) => /^\d+$/.test(name) && name !== String(process.pid),
  );
  const openers = await Promise.all(
    processes.map(async (id) => ((await hasOpened(id, file)) ? [`process ${id}`] : [])),
  );
  return openers.flat();
}

async function hasOpened(processId: string, file: LocalFile): Promise<boolean> {
  const folder = `/proc/${processId}/fd`;
  for (const descriptor of await readdir(folder).catch(() => [])) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => "");
    if (target === file.path) {
      return true;
    }
  }
  return false;
}
