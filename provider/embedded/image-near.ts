import { type BigIntStats, constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { isDiskError } from "../disk/errors";
import type { ImageNear, RecordedParent } from "../disk/host";
import type { ImageProperties, ParentLocator } from "../image/disk-image";
import { openImage } from "../image/open-image";
import { listParentPaths } from "../image/parent";
import { recallHead, rememberHead, versionOf } from "./image-head";
import { Memory } from "./memory";
import { NodeFile, toDiskError } from "./node-file";
import { LOCAL_PATH_STYLE } from "./path-style";

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
const known = new Memory<KnownFile>(20_000);

/** What images record of their parents, by its text: siblings share it. */
const parents = new Memory<RecordedParent>(10_000);

/** When a search began, and since when what was seen needs no other look; in milliseconds. */
export interface SearchTimes {
  readonly beganAtMs: number;
  readonly trustedSinceMs: number;
}

/**
 * Reads the differencing image at a path, or answers from what an earlier search saw there.
 *
 * @param path bytes, since names need not be text
 * @returns `undefined` for what is no image, and for an image without parent; an image that cannot
 *   be read comes with the reason
 * @throws AccessDenied or IoFailed where not even the file can be examined
 */
export async function readImageNear(
  path: Buffer,
  { beganAtMs, trustedSinceMs }: SearchTimes,
): Promise<ImageNear | undefined> {
  const key = path.toString("latin1");
  const present = known.get(key);
  if (present !== undefined && present.seenAtMs > trustedSinceMs) {
    return present.image;
  }
  const stats = await readStats(path);
  if (stats === undefined) {
    known.delete(key);
    return undefined;
  }
  const version = versionOf(stats);
  if (present?.version === version) {
    present.seenAtMs = beganAtMs;
    return present.image;
  }
  const properties = recallHead(stats);
  const image =
    properties === undefined
      ? parseFile(path)
      : Promise.resolve(describeNear(path.toString("utf8"), properties));
  known.set(key, { version, image, seenAtMs: beganAtMs });
  // Access may be given, and a volume mounted, without the file changing.
  const forget = (): void => void known.delete(key);
  image.then((found) => (found?.problem === undefined ? undefined : forget()), forget);
  return image;
}

/** @returns `undefined` where the file is gone */
async function readStats(path: Buffer): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw toDiskError(
      error,
      "the file cannot be examined in the search for children of a disk",
      path.toString("utf8"),
    );
  }
}

async function parseFile(path: Buffer): Promise<ImageNear | undefined> {
  const name = path.toString("utf8");
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat({ bigint: true });
    const file = new NodeFile(name, handle, stats);
    if (!stats.isFile() || !SIGNATURES.has(await readSignature(file))) {
      await file.close();
      return undefined;
    }
    const image = await openImage(file);
    await image.close();
    rememberHead(stats, image.properties);
    return describeNear(name, image.properties);
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
