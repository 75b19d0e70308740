import type { BigIntStats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DiskError } from "../disk/errors";
import type { HostFile } from "../disk/host";
import { pathKey } from "../disk/host-path";
import { lstat, lstatIfPresent, realpath, stat } from "./file-calls";
import { Memory } from "./memory";
import { toDiskError } from "./node-file";
import { LOCAL_PATH_STYLE } from "./path-style";

/** A file of this machine, as it was when a disk was identified. */
export interface LocalFile extends HostFile {
  /** The real path: no folder and no name on the way is a link. */
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
  readonly bornAtNs: bigint;
  /** The permission bits. */
  readonly mode: number;
  /** How many names the file has. */
  readonly linkCount: bigint;
}

/** What the file system says of a file, put together for {@link LocalFile}. */
export function toLocalFile(path: string, stats: BigIntStats): LocalFile {
  return {
    path,
    device: stats.dev,
    inode: stats.ino,
    bornAtNs: stats.birthtimeNs,
    mode: Number(stats.mode) & 0o7777,
    linkCount: stats.nlink,
  };
}

/** Tells whether what the file system says now is said of the same file. */
export function isSameLocalFile(file: LocalFile, stats: BigIntStats): boolean {
  return (
    stats.dev === file.device && stats.ino === file.inode && stats.birthtimeNs === file.bornAtNs
  );
}

/**
 * The real path of a file; of one that is missing, with its folder resolved as far as it is there.
 */
export async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const folder = await realpath(dirname(path)).catch(() => dirname(path));
    return join(folder, basename(path));
  }
}

/**
 * A text that is equal for all paths that lead to one name in one folder: through linked folders,
 * other mounts of a volume, and names in another case where the volume may not tell them apart.
 */
export async function placeKeyOf(path: string): Promise<string> {
  const own = await lstatIfPresent(path).catch(() => undefined);
  const real = own?.isSymbolicLink() === true ? await resolveLinks(path) : path;
  const folder = await stat(dirname(real)).catch(() => undefined);
  if (folder === undefined) {
    return pathKey(LOCAL_PATH_STYLE, real);
  }
  const name = basename(real);
  const folderId = toFolderId(folder);
  const key =
    own !== undefined && (await ignoresCase(folderId, real, name)) ? name.toUpperCase() : name;
  return `${folderId}/${key}`;
}

/**
 * Whether a folder finds its files in any case, by folder; a folder never changes its ways while it
 * holds files.
 */
const caseRules = new Memory<boolean>(10_000);

async function ignoresCase(folderId: string, path: string, name: string): Promise<boolean> {
  const rule = caseRules.get(folderId) ?? (await isFoundInOtherCase(path, name));
  caseRules.set(folderId, rule);
  return rule;
}

/** Whether a file that is there is found under its name in another case as well. */
async function isFoundInOtherCase(path: string, name: string): Promise<boolean> {
  const otherCase = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (otherCase === name) {
    return false;
  }
  const [file, other] = await Promise.all(
    [path, join(dirname(path), otherCase)].map((each) =>
      lstatIfPresent(each).catch(() => undefined),
    ),
  );
  return file !== undefined && other !== undefined && file.ino === other.ino && file.nlink === 1n;
}

/** Whether it is proven that nothing has a name. */
export async function isAbsent(path: string): Promise<boolean> {
  return lstatIfPresent(path).then(
    (found) => found === undefined,
    (error: unknown) =>
      ["ENOTDIR", "ENAMETOOLONG"].includes(String((error as NodeJS.ErrnoException).code)),
  );
}

/** What a folder is known by, as `DiskIdentity.folderId`; `undefined` where it is missing. */
export async function folderIdOf(path: string): Promise<string | undefined> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  return folder === undefined ? undefined : toFolderId(folder);
}

/** What a folder is known by, from what the file system says of it. */
export function toFolderId({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/**
 * Reads what the file system says of a name itself. @throws DiskError, with NotFound where there is
 * none
 */
export async function lstatFile(path: string, what: string): Promise<BigIntStats> {
  try {
    return await lstat(path);
  } catch (error) {
    throw toDiskError(error, what, path);
  }
}

/** The error for a file that was exchanged between proof and step. */
export function exchangedMeanwhile(path: string): DiskError {
  return new DiskError("InUse", {
    what: "the path is a link, or another file has just replaced the disk",
    subject: path,
    remedy:
      "Nothing was changed. Give the path of the file itself, and make sure that no other " +
      "program replaces it.",
  });
}
