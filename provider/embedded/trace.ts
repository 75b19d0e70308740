import { constants } from "node:fs";
import {
  type FileHandle,
  access,
  chmod,
  open,
  readFile,
  rename,
  stat,
  unlink,
} from "node:fs/promises";
import { dirname } from "node:path";
import { DiskError } from "../disk/errors";
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

/** What its owner may do with a trace, and everybody read. */
const TRACE_MODE = 0o644;

/** The permissions of group and others to write. */
const SHARED = 0o022;

/** A volume that cannot be written to: nothing there can be deleted or grown either. */
const READ_ONLY = "EROFS";
/** An account that may not write where others may. */
const DENIED: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM"]);

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
 * On a read-only volume, nothing is recorded.
 *
 * @param parent as it was identified while its place was locked
 * @throws AccessDenied where another account may change the parent, and this one leave no trace
 */
export async function traceChild(parent: LocalFile, child: RecordedChild): Promise<void> {
  const { path, mode } = parent;
  const isMarked = (mode & WRITABLE) === 0;
  const line = { child: child.path, folderId: child.folderId };
  try {
    await appendTrace(path, line, ...(isMarked ? [] : [{ mode }]));
  } catch (error) {
    if (codeOf(error) === READ_ONLY) {
      return;
    }
    throw DENIED.has(codeOf(error)) ? createTraceError(path, error) : error;
  }
  if (!isMarked) {
    await markReadOnly(path, mode);
  }
}

/** The mark is a second line of defence: an account that does not own the parent cannot set it. */
async function markReadOnly(path: string, mode: number): Promise<void> {
  try {
    await chmod(path, mode & ~WRITABLE);
  } catch (error) {
    if (!isUnwritable(error)) {
      throw toDiskError(error, "the parent cannot be marked read-only", path);
    }
  }
}

/**
 * Tells why {@link traceChild} would fail for want of a permission. Changes nothing.
 *
 * @param path the real path of the parent
 */
export async function findTraceProblem(path: string): Promise<DiskError | undefined> {
  try {
    await probeTrace(path);
    return undefined;
  } catch (error) {
    return DENIED.has(codeOf(error)) ? createTraceError(path, error) : undefined;
  }
}

/** @throws the error of the file system */
async function probeTrace(path: string): Promise<void> {
  const tracePath = sidecarPath(path, "trace");
  try {
    await access(tracePath, constants.W_OK);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") {
      throw error;
    }
    await access(dirname(tracePath), constants.W_OK | constants.X_OK);
  }
}

/** The error for a parent that another account may delete or grow without seeing the child. */
function createTraceError(path: string, cause: unknown): DiskError {
  return new DiskError("AccessDenied", {
    what:
      "this account may not record a child at its parent, so an account that may write there " +
      "could delete or grow the parent without seeing the child",
    subject: path,
    facts: { trace: sidecarPath(path, "trace") },
    remedy:
      "Nothing was changed. Give this account write access to the folder of the parent. Or let " +
      "the owner of the folder make the trace as an empty file that this account may write to.",
    cause,
  });
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
    const file = await open(tracePath, "a", TRACE_MODE);
    await shareTrace(file, tracePath);
    await file.write(`${JSON.stringify({ about: ABOUT })}\n`);
    return { file, isNew: true };
  }
}

/** Who may delete a parent may also record a child there, whoever made the trace. */
async function shareTrace(file: FileHandle, tracePath: string): Promise<void> {
  const shared = (await stat(dirname(tracePath))).mode & SHARED;
  if (shared !== 0) {
    await file.chmod(TRACE_MODE | shared);
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
  const code = codeOf(error);
  return code === READ_ONLY || DENIED.has(code);
}

/** What the file system said, also behind a DiskError. */
function codeOf(error: unknown): string | undefined {
  const cause = (error as { cause?: unknown }).cause ?? error;
  return (cause as NodeJS.ErrnoException).code;
}
