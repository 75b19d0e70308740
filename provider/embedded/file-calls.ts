import * as fs from "node:fs";
import * as pool from "node:fs/promises";
import { callPlace } from "./call-place";
import { OpenFile, openPooled } from "./open-file";

/*
 * The calls to the file system of which a step on a disk makes many: as those of
 * `node:fs/promises`, with the same errors, and made where it is quickest (call-place.ts). What takes
 * long by nature always waits in the thread pool.
 */

const BIGINT = { bigint: true } as const;
const BIGINT_IF_PRESENT = { bigint: true, throwIfNoEntry: false } as const;

/** What the file system says of what a name leads to. */
export function stat(path: fs.PathLike): Promise<fs.BigIntStats> {
  return callPlace.call(
    () => fs.statSync(path, BIGINT),
    () => pool.stat(path, BIGINT),
  );
}

/** What the file system says of a name itself. */
export function lstat(path: fs.PathLike): Promise<fs.BigIntStats> {
  return callPlace.call(
    () => fs.lstatSync(path, BIGINT),
    () => pool.lstat(path, BIGINT),
  );
}

/**
 * As {@link lstat}. @returns `undefined` where nothing has the name, which no error has to be made
 * for
 */
export function lstatIfPresent(path: string): Promise<fs.BigIntStats | undefined> {
  return callPlace.call<fs.BigIntStats | undefined>(
    () => fs.lstatSync(path, BIGINT_IF_PRESENT),
    () => pool.lstat(path, BIGINT).catch(undefinedWhereMissing),
  );
}

/** The path without links. */
export function realpath(path: string): Promise<string> {
  // As in the pool: the other one of Node.js asks about each folder on the way.
  return callPlace.call(
    () => fs.realpathSync.native(path),
    () => pool.realpath(path),
  );
}

/** All bytes of a small file. */
export function readFile(path: string): Promise<Buffer> {
  return callPlace.call(
    () => fs.readFileSync(path),
    () => pool.readFile(path),
  );
}

/** A small file of text. */
export async function readText(path: string): Promise<string> {
  return (await readFile(path)).toString("utf8");
}

/** Gives a file a second name; a name that is taken is never replaced. */
export function link(path: string, newPath: string): Promise<void> {
  return callPlace.call(
    () => fs.linkSync(path, newPath),
    () => pool.link(path, newPath),
  );
}

/** Gives a file another name, and replaces the file that has it. */
export function rename(path: string, newPath: string): Promise<void> {
  return callPlace.call(
    () => fs.renameSync(path, newPath),
    () => pool.rename(path, newPath),
  );
}

/** Removes a name: one of several of a file, or that of a small file. */
export function unlink(path: string): Promise<void> {
  return callPlace.call(
    () => fs.unlinkSync(path),
    () => pool.unlink(path),
  );
}

/** Removes the last name of a file, whose space the file system then has to free. */
export function remove(path: string): Promise<void> {
  return pool.unlink(path);
}

/**
 * Opens a file that is there.
 *
 * @param flags numbers of `fs.constants`
 * @returns a file to be closed by the caller
 */
export async function open(path: fs.PathLike, flags: number): Promise<OpenFile> {
  const descriptor = await callPlace.call(
    () => fs.openSync(path, flags),
    () => openPooled(path, flags),
  );
  return new OpenFile(descriptor);
}

/**
 * Opens a file and makes it where it is missing, for which the file system may have to wait for its
 * journal.
 *
 * @param flags as Node.js writes them: `wx` fails where the file is there, `w` empties it
 * @param mode the permissions of a new file
 * @returns a file to be closed by the caller
 */
export async function create(
  path: string,
  flags: "wx" | "wx+" | "w" | "a",
  mode?: number,
): Promise<OpenFile> {
  return new OpenFile(await openPooled(path, flags, mode));
}

function undefinedWhereMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") {
    throw error;
  }
}
