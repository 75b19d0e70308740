import { type Dirent, constants } from "node:fs";
import { opendir, open, stat } from "node:fs/promises";
import { DiskError, isDiskError } from "../disk/errors";
import type { ImageNear, RecordedParent } from "../disk/host";
import { SingleFlight } from "../disk/sync/single-flight";
import { NodeFile, toDiskError } from "./node-file";
import { openImage } from "../image/open-image";
import type { ParentLocator } from "../image/disk-image";
import { listParentPaths } from "../image/parent";
import { LOCAL_PATH_STYLE } from "./path-style";
import { isSidecarName } from "./sidecar";

/** How many files and folders a search looks at before it gives up; a give-up is an error, never "no children". */
const MAX_ENTRIES = 200_000;

/** How many names are read from a folder at once: a bound on memory, whatever is in it. */
const ENTRIES_AT_ONCE = 1_024;

/** How many files are looked at together. */
const FILES_AT_ONCE = 32;

/** Folders that every volume has and only the system may read: what is in there has lost its name, or was deleted. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(["lost+found", "System Volume Information", "$RECYCLE.BIN"]);

/** What images of all formats that can have a parent begin with. */
const SIGNATURES: ReadonlySet<string> = new Set(["vhdxfile", "conectix"]);
const SIGNATURE_LENGTH_BYTES = 8;

/** A file as a search saw it. */
interface KnownFile {
  readonly version: string;
  readonly image: Promise<ImageNear | undefined>;
  seenAtMs: number;
}

/** What was found so far, by path, so that each of many searches need not open every file. */
const known = new Map<string, KnownFile>();
const MAX_KNOWN = 20_000;

/**
 * For so long a file that a search looked at counts as unchanged for the next search. New names are always seen; what is
 * not seen is a file that other software turns into a child in place, within this time.
 */
const TRUSTED_MS = 1_000;

/** Searches of large folders trust longer, so that no more than a twentieth of the time goes into looking. */
const TRUSTED_PER_SEARCH = 20;

const searches = new SingleFlight<readonly ImageNear[]>();

/**
 * Finds the differencing disks in a folder and everything below it, as it is after the call: by content, whatever their
 * names say, and through linked folders. What looks like an image and cannot be read is among the results, with the reason.
 *
 * Deleting many disks of one folder at the same time shares searches: each would look at every file otherwise.
 *
 * @param folder a full path
 * @throws AccessDenied, Unavailable or IoFailed where not everything can be searched
 */
export function listImages(folder: string): Promise<readonly ImageNear[]> {
  return searches.share(folder, () => searchFolder(folder));
}

/** The state of one search. */
interface Search {
  readonly root: string;
  readonly beganAtMs: number;
  /** Files that were looked at since then need no other look. */
  readonly trustedSinceMs: number;
  entryCount: number;
  /** Folders seen so far, so that links cannot lead in a circle. */
  readonly folders: Set<string>;
  readonly found: ImageNear[];
}

async function searchFolder(root: string): Promise<readonly ImageNear[]> {
  const beganAtMs = performance.now();
  const trustedMs = Math.max(TRUSTED_MS, TRUSTED_PER_SEARCH * (durations.get(root) ?? 0));
  const trustedSinceMs = beganAtMs - trustedMs;
  const search: Search = { root, beganAtMs, trustedSinceMs, entryCount: 0, folders: new Set(), found: [] };
  await visitFolder(search, Buffer.from(root), true);
  rememberDuration(root, performance.now() - beganAtMs);
  return search.found;
}

/** How long the last complete look at all files of a folder took, in milliseconds. */
const durations = new Map<string, number>();
const MAX_DURATIONS = 1_000;

function rememberDuration(root: string, durationMs: number): void {
  if (durations.size >= MAX_DURATIONS) {
    durations.clear();
  }
  durations.set(root, Math.max(durationMs, (durations.get(root) ?? 0) / 2));
}

/** @param path bytes, since names need not be text */
async function visitFolder(search: Search, path: Buffer, isRoot: boolean): Promise<void> {
  const folder = await openFolder(path, isRoot);
  if (folder === undefined || search.folders.has(folder.key)) {
    return;
  }
  search.folders.add(folder.key);
  const subfolders: Buffer[] = [];
  let files: Buffer[] = [];
  for await (const entry of folder.entries) {
    search.entryCount += 1;
    assertWithinBudget(search);
    const entryPath = Buffer.concat([path, Buffer.from("/"), entry.name]);
    const kind = await kindOf(entry, entryPath);
    if (kind === "folder") {
      subfolders.push(entryPath);
    } else if (kind === "file" && !isSidecarName(entry.name.toString("latin1"))) {
      files.push(entryPath);
    }
    if (files.length >= FILES_AT_ONCE) {
      await readFiles(search, files);
      files = [];
    }
  }
  await readFiles(search, files);
  for (const subfolder of subfolders) {
    await visitFolder(search, subfolder, false);
  }
}

/** @returns `undefined` for a folder that was removed meanwhile, and for one that belongs to the system */
async function openFolder(
  path: Buffer,
  isRoot: boolean,
): Promise<{ readonly key: string; readonly entries: AsyncIterable<Dirent<Buffer>> } | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    const entries = await opendir(path, { encoding: "buffer" as BufferEncoding, bufferSize: ENTRIES_AT_ONCE });
    return { key: `${dev}:${ino}`, entries: entries as unknown as AsyncIterable<Dirent<Buffer>> };
  } catch (error) {
    const name = path.toString("utf8");
    const { code } = error as NodeJS.ErrnoException;
    if (!isRoot && (code === "ENOENT" || SYSTEM_FOLDERS.has(name.slice(name.lastIndexOf("/") + 1)))) {
      return undefined;
    }
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw missingFolder(name, error);
    }
    throw toDiskError(error, "the folder cannot be searched for children of a disk", name);
  }
}

/** What an entry is, links followed; a link that leads nowhere is nothing. */
async function kindOf(entry: Dirent<Buffer>, path: Buffer): Promise<"file" | "folder" | "other"> {
  if (entry.isFile()) {
    return "file";
  }
  if (entry.isDirectory()) {
    return "folder";
  }
  if (entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice()) {
    return "other";
  }
  try {
    const target = await stat(path);
    if (target.isDirectory()) {
      return "folder";
    }
    return target.isFile() ? "file" : "other";
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(String((error as NodeJS.ErrnoException).code))) {
      return "other";
    }
    throw toDiskError(error, "a link cannot be followed in the search for children of a disk", path.toString("utf8"));
  }
}

async function readFiles(search: Search, files: readonly Buffer[]): Promise<void> {
  const images = await Promise.all(files.map((file) => readFile(search, file)));
  search.found.push(...images.filter((image) => image !== undefined));
}

/** @returns `undefined` for what is no image, and for an image without parent */
async function readFile({ beganAtMs, trustedSinceMs }: Search, path: Buffer): Promise<ImageNear | undefined> {
  const key = path.toString("latin1");
  const present = known.get(key);
  if (present !== undefined && present.seenAtMs > trustedSinceMs) {
    return present.image;
  }
  const version = await readVersion(path);
  if (version === undefined) {
    known.delete(key);
    return undefined;
  }
  if (present?.version === version) {
    present.seenAtMs = beganAtMs;
    return present.image;
  }
  if (known.size >= MAX_KNOWN) {
    known.clear();
  }
  const image = parseFile(path);
  known.set(key, { version, image, seenAtMs: beganAtMs });
  // Access may be given, and a volume mounted, without the file changing.
  const forget = (): void => void known.delete(key);
  image.then((found) => (found?.problem === undefined ? undefined : forget()), forget);
  return image;
}

/** What a file is known by as long as nobody writes to it. */
async function readVersion(path: Buffer): Promise<string | undefined> {
  try {
    const file = await stat(path, { bigint: true });
    return [file.dev, file.ino, file.size, file.mtimeNs, file.ctimeNs].join(" ");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw toDiskError(error, "the file cannot be examined in the search for children of a disk", path.toString("utf8"));
  }
}

async function parseFile(path: Buffer): Promise<ImageNear | undefined> {
  const name = path.toString("utf8");
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const file = new NodeFile(name, handle);
    if (!(await handle.stat()).isFile() || !SIGNATURES.has(await readSignature(file))) {
      await file.close();
      return undefined;
    }
    const image = await openImage(file);
    await image.close();
    const locator = image.properties.parentLocator;
    return locator === undefined ? undefined : { path: name, parent: toRecordedParent(name, locator) };
  } catch (error) {
    const problem = toDiskError(error, "the file cannot be read in the search for children of a disk", name);
    if (!isDiskError(problem)) {
      throw problem;
    }
    return problem.code === "NotFound" ? undefined : { path: name, problem };
  }
}

async function readSignature(file: NodeFile): Promise<string> {
  const bytes = new Uint8Array(SIGNATURE_LENGTH_BYTES);
  await file.read(0, bytes);
  return Buffer.from(bytes).toString("latin1");
}

/** What a differencing image records of its parent, with paths that mean something on this machine. */
export function toRecordedParent(path: string, locator: ParentLocator): RecordedParent {
  return { linkageIds: locator.linkageIds, paths: listParentPaths(LOCAL_PATH_STYLE, path, locator) };
}

function assertWithinBudget({ root, entryCount }: Search): void {
  if (entryCount > MAX_ENTRIES) {
    throw new DiskError("Unavailable", {
      what: `the search for children of a disk met more than ${MAX_ENTRIES} files`,
      subject: root,
      remedy: "Nothing was changed. Keep disks in a folder of their own.",
    });
  }
}

function missingFolder(path: string, cause: unknown): DiskError {
  return new DiskError("Unavailable", {
    what: "the folder that is to be searched for children of a disk is missing",
    subject: path,
    remedy:
      "Nothing was changed. Mount its volume, or correct vhd:searchFolders: a list of full paths, one element a folder.",
    cause,
  });
}
