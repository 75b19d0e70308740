import type { BigIntStats } from "node:fs";
import type { ImageHead, ImageProperties } from "../image/disk-image";
import { openImage } from "../image/open-image";
import { stat } from "./file-calls";
import { Memory } from "./memory";
import { assertRegularFile, openNodeFile, toDiskError } from "./node-file";

/** What is known of an image file that was opened, validated and closed again. */
export interface LocalHead extends ImageHead {
  /** What the file system said of the file when it was opened. */
  readonly stats: BigIntStats;
}

/**
 * What was read of files so far, by version, so that a parent need not be opened for each of its
 * children.
 */
const known = new Memory<ImageProperties>(20_000);

/** What was made and not opened since, by path. */
const made = new Memory<{ readonly written: string; readonly properties: ImageProperties }>(1_000);

/**
 * A file that was changed so recently may be changed again without its times telling. The clocks of
 * file systems tick in milliseconds; those that keep whole seconds only need longer.
 */
const SETTLED_AFTER_MS = 50;
const SETTLED_AFTER_WHOLE_SECONDS_MS = 2_500;
const NS_PER_SECOND = 1_000_000_000n;

/** What was read of a file before, if nobody has touched it since. */
export function recallHead(stats: BigIntStats): ImageProperties | undefined {
  return known.get(versionOf(stats));
}

/** Keeps what is known of a file for {@link recallHead}, where a later change would show. */
export function rememberHead(stats: BigIntStats, properties: ImageProperties): void {
  if (!isSettled(stats)) {
    return;
  }
  known.set(versionOf(stats), properties);
}

/** What a file is known by as long as nobody writes to it. */
export function versionOf({ dev, ino, size, mtimeNs, ctimeNs, birthtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs, birthtimeNs].join(" ");
}

/**
 * Hands what was read of a file before it got its name to the first who opens it.
 *
 * @param path its final name
 * @param stats of the file as it was written
 */
export function rememberMade(path: string, stats: BigIntStats, properties: ImageProperties): void {
  made.set(path, { written: contentVersionOf(stats), properties });
}

/**
 * Reads and validates what an image says about itself. A file that was not touched since it was
 * read the last time is not opened again.
 *
 * @param path a full path
 * @throws as `openNodeFile` and `openImage`
 */
export async function openHead(path: string): Promise<LocalHead> {
  const found = await statFile(path);
  const properties = takeMade(path, found) ?? recallHead(found);
  return properties === undefined ? readHead(path, found) : toHead(path, found, properties);
}

function takeMade(path: string, stats: BigIntStats): ImageProperties | undefined {
  const found = made.get(path);
  made.delete(path);
  if (found?.written !== contentVersionOf(stats)) {
    return undefined;
  }
  rememberHead(stats, found.properties);
  return found.properties;
}

/** As {@link versionOf}, and the same after the file got another name. */
function contentVersionOf({ dev, ino, size, mtimeNs, birthtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, birthtimeNs].join(" ");
}

async function readHead(path: string, found: BigIntStats): Promise<LocalHead> {
  const file = await openNodeFile(path, "read", found);
  const stats = await file.readStats();
  const image = await openImage(file);
  await image.close();
  rememberHead(stats, image.properties);
  return toHead(path, stats, image.properties);
}

/**
 * Whether a write from now on would show in the times of a file.
 *
 * Where the change time is after the modification time, as when a new disk gets its name after it
 * was written, the clock of the file system has ticked since the last write: the next one sets
 * another modification time.
 */
export function isSettled({ mtimeNs, ctimeMs, ctimeNs }: BigIntStats): boolean {
  if (mtimeNs < ctimeNs) {
    return true;
  }
  const isCoarse = ctimeNs % NS_PER_SECOND === 0n;
  return (
    Date.now() - Number(ctimeMs) > (isCoarse ? SETTLED_AFTER_WHOLE_SECONDS_MS : SETTLED_AFTER_MS)
  );
}

function toHead(path: string, stats: BigIntStats, properties: ImageProperties): LocalHead {
  return { properties, stats, file: { name: path }, close: () => Promise.resolve() };
}

async function statFile(path: string): Promise<BigIntStats> {
  try {
    const found = await stat(path);
    assertRegularFile(path, found);
    return found;
  } catch (error) {
    throw toDiskError(error, "the file cannot be opened", path);
  }
}
