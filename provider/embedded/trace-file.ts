import { constants } from "node:fs";
import { dirname } from "node:path";
import type { RecordedChild } from "../disk/host";
import { flushFolder } from "./atomic-create";
import { create, open, readFile, rename, stat, unlink } from "./file-calls";
import { Memory } from "./memory";
import { toDiskError } from "./node-file";
import type { OpenFile } from "./open-file";
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
  readonly adopted?: string | undefined;
  readonly movedTo?: string | undefined;
  readonly movedFrom?: string | undefined;
  readonly mode?: number | null | undefined;
  readonly wasParent?: boolean;
}

/** A trace is written again when it has more lines than these. */
const MIN_SHORTENED_LINES = 1_000;
const LINES_PER_CHILD = 4;

/** What its owner may do with a trace, and everybody read. */
const TRACE_MODE = 0o644;

/** The permissions of group and others to write. */
const SHARED = 0o022;

const ABOUT =
  "pulumi-vhd keeps here what it knows of the disk beside this file, such as the differencing " +
  "disks that depend on it. Deleting this file lets the disk be deleted or grown under children " +
  "that are elsewhere.";

/** A trace as far as it was read. */
interface KnownTrace {
  /** What was read: whole lines only. */
  lines: Buffer;
  lineCount: number;
  readonly children: Map<string, RecordedChild>;
  rest: Omit<Trace, "path" | "children">;
}

/**
 * What was read of traces so far, by path. A trace grows with each child, so of one that begins as
 * it did before the new end alone is parsed.
 */
const known = new Memory<KnownTrace>(100);

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
  try {
    const { children, rest } = parseTrace(tracePath, await readFile(tracePath));
    return { path: tracePath, children, ...rest };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code))) {
      return undefined;
    }
    throw toDiskError(error, "the trace of the disk cannot be read", tracePath);
  }
}

/** Adds lines to the trace of a disk, durably. @throws IoFailed, AccessDenied */
export async function appendTrace(path: string, ...lines: readonly TraceLine[]): Promise<void> {
  const tracePath = sidecarPath(path, "trace");
  try {
    const { file, isNew } = await openForAppending(tracePath);
    try {
      // A line that was cut off before must not swallow the new one.
      await writeWhole(file, `\n${toText(lines)}`);
      await file.flush();
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
 * Writes a trace again, without the lines that others cancel, where these are most of it. The
 * caller holds the lock of the disk.
 */
export async function shortenTrace(path: string): Promise<void> {
  const tracePath = sidecarPath(path, "trace");
  const { lineCount, children } = known.get(tracePath) ?? { lineCount: 0, children: { size: 0 } };
  if (lineCount < MIN_SHORTENED_LINES + LINES_PER_CHILD * children.size) {
    return;
  }
  const trace = await readTrace(path);
  if (trace !== undefined) {
    await replaceTrace(tracePath, toText([{ about: ABOUT }, ...toLines(trace)]));
  }
}

async function replaceTrace(path: string, text: string): Promise<void> {
  const newPath = `${path}-new`;
  try {
    const { mode } = await stat(path);
    const file = await create(newPath, "w", TRACE_MODE);
    try {
      await file.chmod(Number(mode) & 0o777);
      await writeWhole(file, text);
      await file.flush();
    } finally {
      await file.close();
    }
    await rename(newPath, path);
    await flushFolder(path);
  } catch (error) {
    await unlink(newPath).catch(() => undefined);
    throw toDiskError(error, "the trace of the disk cannot be written", path);
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
  const tracePath = sidecarPath(path, "trace");
  known.delete(tracePath);
  await unlink(tracePath).catch(() => undefined);
}

/** What a trace says, of which no more is parsed than what is new since it was read before. */
function parseTrace(tracePath: string, bytes: Buffer): KnownTrace {
  const lines = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
  const before = known.get(tracePath);
  const isLonger = before?.lines.equals(lines.subarray(0, before.lines.length)) === true;
  const trace: KnownTrace = isLonger
    ? before
    : { lines: Buffer.alloc(0), lineCount: 0, children: new Map(), rest: { wasParent: false } };
  const added = lines.toString("utf8", trace.lines.length);
  for (const line of added.split("\n").flatMap(parseLine)) {
    applyLine(trace, line);
  }
  trace.lines = lines;
  known.set(tracePath, trace);
  return trace;
}

function applyLine(trace: KnownTrace, line: TraceLine): void {
  const { children, rest } = trace;
  trace.lineCount += 1;
  if (line.child !== undefined) {
    children.set(line.child, {
      path: line.child,
      ...(line.folderId === undefined ? {} : { folderId: line.folderId }),
    });
  }
  if (line.forget !== undefined) {
    children.delete(line.forget);
  }
  trace.rest = {
    wasParent: rest.wasParent || line.wasParent === true || line.child !== undefined,
    adoptionId: line.adopted ?? rest.adoptionId,
    movedTo: line.movedTo ?? rest.movedTo,
    movedFrom: line.movedFrom ?? rest.movedFrom,
    mode: line.mode === null ? undefined : (line.mode ?? rest.mode),
  };
}

/** The fewest lines that say what a trace says. */
function toLines(trace: Trace): readonly TraceLine[] {
  const { wasParent, adoptionId, movedTo, movedFrom, mode } = trace;
  return [
    { wasParent, adopted: adoptionId, movedTo, movedFrom, mode },
    ...[...trace.children.values()].map(({ path, folderId }) => ({ child: path, folderId })),
  ];
}

function toText(lines: readonly TraceLine[]): string {
  return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}

async function openForAppending(
  tracePath: string,
): Promise<{ readonly file: OpenFile; readonly isNew: boolean }> {
  try {
    return { file: await open(tracePath, constants.O_WRONLY | constants.O_APPEND), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
    const file = await create(tracePath, "a", TRACE_MODE);
    await shareTrace(file, tracePath);
    await writeWhole(file, `${JSON.stringify({ about: ABOUT })}\n`);
    return { file, isNew: true };
  }
}

/** Writes where the file is, or at its end where it was opened for appending. */
async function writeWhole(file: OpenFile, text: string): Promise<void> {
  for (let bytes = Buffer.from(text); bytes.length > 0;) {
    bytes = bytes.subarray(await file.write(bytes, null));
  }
}

function parseLine(text: string): TraceLine[] {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null ? [line] : [];
  } catch {
    return [];
  }
}

/** Who may delete a parent may also record a child there, whoever made the trace. */
async function shareTrace(file: OpenFile, tracePath: string): Promise<void> {
  const shared = Number((await stat(dirname(tracePath))).mode) & SHARED;
  if (shared !== 0) {
    await file.chmod(TRACE_MODE | shared);
  }
}
