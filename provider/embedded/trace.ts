import { chmod } from "node:fs/promises";
import type { RecordedChild } from "../disk/host";
import type { LocalFile } from "./local-file";
import { toDiskError } from "./node-file";
import { appendTrace, readTrace, shortenTrace } from "./trace-file";

/** The permissions that a parent loses: those of its owner, its group and all others to write. */
const WRITABLE = 0o222;

/** Places that cannot be written to: nothing there can be deleted or grown either. */
const UNWRITABLE: ReadonlySet<string | undefined> = new Set(["EROFS", "EACCES", "EPERM"]);

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

/**
 * Takes back {@link traceChild}. With the last child, the parent gets its permissions back. The
 * caller holds the lock of the parent.
 *
 * @param parentPath the real path of the parent
 */
export async function forgetTracedChildren(
  parentPath: string,
  childPaths: readonly string[],
): Promise<void> {
  const trace = await readTrace(parentPath);
  const forgotten = [...new Set(childPaths)].filter((path) => trace?.children.has(path));
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
      throw toDiskError(error, "the children cannot be forgotten at its parent", parentPath);
    }
  }
}

function isUnwritable(error: unknown): boolean {
  const cause = (error as { cause?: unknown }).cause ?? error;
  return UNWRITABLE.has((cause as NodeJS.ErrnoException).code);
}
