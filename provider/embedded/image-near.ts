import { type BigIntStats, constants } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isDiskError } from "../disk/errors";
import type { ImagesNear, RecordedParent } from "../disk/host";
import type { ImageProperties, ParentLocator } from "../image/disk-image";
import { openImage } from "../image/open-image";
import { listParentPaths } from "../image/parent";
import { open, stat } from "./file-calls";
import { isSettled, recallHead, rememberHead, versionOf } from "./image-head";
import { Memory } from "./memory";
import { NodeFile, toDiskError } from "./node-file";
import { LOCAL_PATH_STYLE } from "./path-style";
import { isSidecarName } from "./sidecar";

/** What images of all formats that can have a parent begin with. */
const SIGNATURES: ReadonlySet<string> = new Set(["vhdxfile", "conectix"]);
const SIGNATURE_LENGTH_BYTES = 8;

/** How often an image that is being changed is read, and what lies between. */
const MAX_ATTEMPTS = 20;
const RETRY_MS = 10;

/** An image that a search met. Images that record the same share the object. */
export interface ImageNear extends Omit<ImagesNear, "paths"> {
  readonly path: string;
}

/** What a search knows of a file. */
interface KnownFile {
  /** Absent where a change right after the look would not show in the times of the file. */
  readonly version: string | undefined;
  /** Absent for what is no image, and for an image without parent. */
  readonly image: ImageNear | undefined;
  seenAtMs: number;
}

/** What is known of the files of one folder, by name; a name is bytes, one a character. */
export type KnownFiles = Map<string, KnownFile>;

/** What was found so far, by folder, so that each of many searches need not open every file. */
const known = new Map<string, KnownFiles>();

/** How many files are known at most, of all folders together; then all is forgotten. */
const MAX_KNOWN_FILES = 100_000;
let knownFileCount = 0;

/** What images record of their parents, by its text: siblings share it. */
const parents = new Memory<RecordedParent>(10_000);

/** What earlier searches saw in a folder. @param folder bytes, one a character */
export function recallFiles(folder: string): KnownFiles {
  const files: KnownFiles = known.get(folder) ?? new Map();
  known.set(folder, files);
  return files;
}

function remember(files: KnownFiles, name: string, file: KnownFile): void {
  if (knownFileCount >= MAX_KNOWN_FILES) {
    known.clear();
    knownFileCount = 0;
  }
  knownFileCount += files.has(name) ? 0 : 1;
  files.set(name, file);
}

/** A regular file in a folder, as it was found just now. */
export interface FoundFile {
  readonly path: Buffer;
  readonly name: string;
  readonly stats: BigIntStats;
}

/**
 * Reads the differencing image that a file may be, or answers from what an earlier search saw where
 * nobody touched the file since.
 *
 * @param files what is known of the folder of the file
 * @param nowMs when the search began
 * @returns `undefined` for what is no image, and for an image without parent; an image that cannot
 *   be read comes with the reason
 */
export async function readImageNear(
  { path, name, stats }: FoundFile,
  files: KnownFiles,
  nowMs: number,
): Promise<ImageNear | undefined> {
  const version = isSettled(stats) ? versionOf(stats) : undefined;
  const before = files.get(name);
  if (before !== undefined && version !== undefined && before.version === version) {
    before.seenAtMs = nowMs;
    return before.image;
  }
  const image = isSidecarName(name) ? undefined : await readFound(path, stats);
  if (image?.problem === undefined) {
    remember(files, name, { version, image, seenAtMs: nowMs });
  } else {
    // Access may be given, and a volume mounted, without the file changing.
    files.delete(name);
  }
  return image;
}

async function readFound(path: Buffer, stats: BigIntStats): Promise<ImageNear | undefined> {
  const properties = recallHead(stats);
  return properties === undefined
    ? parseFile(path, stats)
    : describeNear(path.toString("utf8"), properties);
}

/**
 * An image may look damaged while another step of this package, or other software, is changing it.
 * Then it is read again.
 *
 * @param found what the file system said before it was read
 */
async function parseFile(path: Buffer, found: BigIntStats): Promise<ImageNear | undefined> {
  let before = found;
  for (let attempt = 1; ; attempt += 1) {
    const image = await parseOnce(path);
    if (image?.problem?.code !== "CorruptImage" || attempt === MAX_ATTEMPTS) {
      return image;
    }
    const now = await stat(path).catch(() => before);
    if (isSettled(now) && versionOf(now) === versionOf(before)) {
      return image;
    }
    before = now;
    await sleep(RETRY_MS);
  }
}

async function parseOnce(path: Buffer): Promise<ImageNear | undefined> {
  const name = path.toString("utf8");
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat().catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    const file = new NodeFile(name, handle, stats);
    try {
      if (!stats.isFile() || !SIGNATURES.has(await readSignature(file))) {
        return undefined;
      }
      const { properties } = await openImage(file);
      rememberHead(stats, properties);
      return describeNear(name, properties);
    } finally {
      await file.close();
    }
  } catch (error) {
    const problem = toDiskError(
      error,
      "the file cannot be read in the search for children of a disk",
      name,
    );
    if (!isDiskError(problem)) {
      throw problem;
    }
    return problem.code === "NotFound" ? undefined : { path: name, problem };
  }
}

function describeNear(path: string, { parentLocator }: ImageProperties): ImageNear | undefined {
  if (parentLocator === undefined) {
    return undefined;
  }
  const record = toRecordedParent(path, parentLocator);
  const text = JSON.stringify(record);
  const parent = parents.get(text) ?? record;
  parents.set(text, parent);
  return { path, parent };
}

async function readSignature(file: NodeFile): Promise<string> {
  const bytes = new Uint8Array(SIGNATURE_LENGTH_BYTES);
  await file.read(0, bytes);
  return Buffer.from(bytes).toString("latin1");
}

/**
 * What a differencing image records of its parent, with paths that mean something on this machine.
 */
export function toRecordedParent(path: string, locator: ParentLocator): RecordedParent {
  return {
    linkageIds: locator.linkageIds,
    paths: listParentPaths(LOCAL_PATH_STYLE, path, locator),
  };
}
