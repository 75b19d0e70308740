import { constants } from "node:fs";
import { access, chmod } from "node:fs/promises";
import { dirname } from "node:path";
import { DiskError } from "../disk/errors";
import { type LocalFile, folderIdOf, isAbsent } from "./local-file";
import { toDiskError } from "./node-file";
import { sidecarPath } from "./sidecar";
import { appendTrace, readTrace, shortenTrace } from "./trace-file";

/** The permissions that a parent loses: those of its owner, its group and all others to write. */
const WRITABLE = 0o222;

/** A volume that cannot be written to: nothing there can be deleted or grown either. */
const READ_ONLY = "EROFS";
/** An account that may not write where others may. */
const DENIED: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM"]);

/**
 * Records children at their parent and marks the parent read-only, as Microsoft advises for
 * parents. On a read-only volume, nothing is recorded.
 *
 * @param parent as it was identified while its place was locked
 * @throws AccessDenied where another account may change the parent, and this one leave no trace
 */
export async function traceChildren(
  parent: LocalFile,
  childPaths: readonly string[],
): Promise<void> {
  const { path, mode } = parent;
  const isMarked = (mode & WRITABLE) === 0;
  const folderIds = await readFolderIds(childPaths);
  const lines = childPaths.map((child) => ({ child, folderId: folderIds.get(dirname(child)) }));
  try {
    await appendTrace(path, ...lines, ...(isMarked ? [] : [{ mode }]));
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

/** What the folders of some files are known by; each is looked at once. */
async function readFolderIds(
  paths: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const byFolder = new Map(paths.map((path) => [dirname(path), path]));
  const ids = [...byFolder].map(
    async ([folder, path]) => [folder, await folderIdOf(path)] as const,
  );
  return new Map(await Promise.all(ids));
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
 * Tells why {@link traceChildren} would fail for want of a permission. Changes nothing.
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
      "this account cannot record a child beside its parent, so another account could delete or " +
      "grow the parent without noticing the child",
    subject: path,
    facts: { trace: sidecarPath(path, "trace") },
    remedy:
      "Nothing was changed. Give this account write access to the folder of the parent. Or have " +
      "the owner of the folder create the trace as an empty file that this account can write to.",
    cause,
  });
}

/**
 * Takes back {@link traceChildren}. With the last child, the parent gets its permissions back. The
 * caller holds the lock of the parent, without which no child appears; so a path that is taken
 * again stays recorded: the disk there may be a new child.
 *
 * @param parentPath the real path of the parent
 */
export async function forgetTracedChildren(
  parentPath: string,
  childPaths: readonly string[],
): Promise<void> {
  const trace = await readTrace(parentPath);
  const recorded = [...new Set(childPaths)].filter((path) => trace?.children.has(path));
  const forgotten = await filterAbsent(recorded);
  if (trace === undefined || forgotten.length === 0) {
    return;
  }
  const { mode } = trace;
  const isUnmarked = trace.children.size === forgotten.length && mode !== undefined;
  const lines = forgotten.map((path) => ({ forget: path }));
  try {
    await appendTrace(parentPath, ...lines, ...(isUnmarked ? [{ mode: null }] : []));
    if (isUnmarked) {
      await chmod(parentPath, mode);
    }
    await shortenTrace(parentPath);
  } catch (error) {
    if (!isUnwritable(error)) {
      throw toDiskError(
        error,
        "the children cannot be removed from the trace of the parent",
        parentPath,
      );
    }
  }
}

async function filterAbsent(paths: readonly string[]): Promise<readonly string[]> {
  const absent = await Promise.all(paths.map(isAbsent));
  return paths.filter((_path, index) => absent[index] === true);
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
