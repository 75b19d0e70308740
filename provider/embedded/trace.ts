import { constants } from "node:fs";
import { type FileHandle, chmod, open, readFile, rename, unlink } from "node:fs/promises";
import type { RecordedChild } from "../disk/host";
import { flushFolder } from "./atomic-create";
import type { LocalFile } from "./local-file";
import { toDiskError } from "./node-file";
import { sidecarPath } from "./sidecar";

/** What is remembered about a disk in the file beside it. */
export interface Trace {
  readonly path: string;
  /** Children that were recorded and not forgotten since, by path. */
  readonly children: ReadonlyMap<string, RecordedChild>;
  /** Whether the disk is, or ever was, a parent. */
  readonly wasParent: boolean;
  /** The mark of the last adoption. */
  readonly adoptionId?: string | undefined;
  /** Where the disk went that was here. */
  readonly movedTo?: string | undefined;
  /** Where the disk was before. */
  readonly movedFrom?: string | undefined;
  /** The permissions of the disk before it was marked read-only. */
  readonly mode?: number | undefined;
}

/**
 * One line of a trace. Names are written into files beside users' disks: add members, never rename
 * one.
 */
interface TraceLine {
  readonly about?: string;
  readonly child?: string;
  readonly folderId?: string | undefined;
  readonly forget?: string;
  readonly adopted?: string;
  readonly movedTo?: string;
  readonly movedFrom?: string;
  readonly mode?: number | null;
}

const ABOUT =
  "pulumi-vhd keeps here what it knows of the disk beside this file, such as the differencing " +
  "disks that depend on it. Deleting this file lets the disk be deleted or grown under children " +
  "that are elsewhere.";

/** The permissions that a parent loses: those of its owner, its group and all others to write. */
const WRITABLE = 0o222;

/** Places that cannot be written to: nothing there can be deleted or grown either. */
const UNWRITABLE: ReadonlySet<string | undefined> = new Set(["EROFS", "EACCES", "EPERM"]);

/**
 * Reads the trace of a disk.
 *
 * A line that a power loss cut off is passed over: what it announced was not done, because every
 * line is durable before.
 *
 * @param path the real path of the disk
 * @returns `undefined` where there is none
 */
export async function readTrace(path: string): Promise<Trace | undefined> {
  const tracePath = sidecarPath(path, "trace");
  let text: string;
  try {
    text = await readFile(tracePath, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code))) {
      return undefined;
    }
    throw toDiskError(error, "the trace of the disk cannot be read", tracePath);
  }
  return parseTrace(tracePath, text);
}

/** Adds lines to the trace of a disk, durably. @throws IoFailed, AccessDenied */
export async function appendTrace(path: string, ...lines: readonly TraceLine[]): Promise<void> {
  const tracePath = sidecarPath(path, "trace");
  try {
    const { file, isNew } = await openForAppending(tracePath);
    try {
      // A line that was cut off before must not swallow the new one.
      await file.write(`\n${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    if (isNew) {
      await flushFolder(tracePath);
    }
  } catch (error) {
    throw toDiskError(error, "the trace of the disk cannot be written", tracePath);
  }
}

/**
 * Records a child at its parent and marks the parent read-only, as Microsoft advises for parents.
 * On a volume that cannot be written to, nothing is recorded.
 *
 * @param parent as it was identified while its place was locked
 */
export async function traceChild(parent: LocalFile, child: RecordedChild): Promise<void> {
  const { path, mode } = parent;
  const isMarked = (mode & WRITABLE) === 0;
  const line = { child: child.path, folderId: child.folderId };
  try {
    await appendTrace(path, line, ...(isMarked ? [] : [{ mode }]));
    if (!isMarked) {
      await chmod(path, mode & ~WRITABLE);
    }
  } catch (error) {
    if (!isUnwritable(error)) {
      throw toDiskError(error, "the child cannot be recorded at its parent", path);
    }
  }
}

/** Takes back {@link traceChild}. With the last child, the parent gets its permissions back. */
export async function forgetTracedChild(parentPath: string, childPath: string): Promise<void> {
  const trace = await readTrace(parentPath);
  if (trace === undefined || !trace.children.has(childPath)) {
    return;
  }
  const isLast = trace.children.size === 1 && trace.mode !== undefined;
  try {
    await appendTrace(parentPath, { forget: childPath }, ...(isLast ? [{ mode: null }] : []));
    if (isLast && trace.mode !== undefined) {
      await chmod(parentPath, trace.mode);
    }
  } catch (error) {
    if (!isUnwritable(error)) {
      throw toDiskError(error, "the child cannot be forgotten at its parent", parentPath);
    }
  }
}

/** Lets the trace of a disk follow it to another name. */
export async function moveTrace(path: string, newPath: string): Promise<void> {
  const [from, to] = [sidecarPath(path, "trace"), sidecarPath(newPath, "trace")];
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw toDiskError(error, "the trace of the disk cannot be moved", from);
    }
  }
}

/** Removes the trace of a disk that is gone. */
export async function removeTrace(path: string): Promise<void> {
  await unlink(sidecarPath(path, "trace")).catch(() => undefined);
}

async function openForAppending(
  tracePath: string,
): Promise<{ readonly file: FileHandle; readonly isNew: boolean }> {
  try {
    return { file: await open(tracePath, constants.O_WRONLY | constants.O_APPEND), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
    const file = await open(tracePath, "a", 0o644);
    await file.write(`${JSON.stringify({ about: ABOUT })}\n`);
    return { file, isNew: true };
  }
}

function parseTrace(path: string, text: string): Trace {
  const children = new Map<string, RecordedChild>();
  const rest: {
    -readonly [Name in "adoptionId" | "movedTo" | "movedFrom" | "mode"]?: Trace[Name];
  } = {};
  let wasParent = false;
  for (const line of text.split("\n").flatMap(parseLine)) {
    if (line.child !== undefined) {
      wasParent = true;
      children.set(line.child, {
        path: line.child,
        ...(line.folderId === undefined ? {} : { folderId: line.folderId }),
      });
    }
    if (line.forget !== undefined) {
      children.delete(line.forget);
    }
    rest.adoptionId = line.adopted ?? rest.adoptionId;
    rest.movedTo = line.movedTo ?? rest.movedTo;
    rest.movedFrom = line.movedFrom ?? rest.movedFrom;
    rest.mode = line.mode === null ? undefined : (line.mode ?? rest.mode);
  }
  return { path, children, wasParent, ...rest };
}

function parseLine(text: string): TraceLine[] {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null ? [line] : [];
  } catch {
    return [];
  }
}

function isUnwritable(error: unknown): boolean {
  const cause = (error as { cause?: unknown }).cause ?? error;
  return UNWRITABLE.has((cause as NodeJS.ErrnoException).code);
}
