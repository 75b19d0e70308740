import { z } from "zod";
import type { ChangeBaseline, ChangeQuery, ChangeStream, DiskBackend } from "../disk/backend";
import { DiskError } from "../disk/errors";
import { byteArgument, diskPathArgument, invalidArgument, parseArguments } from "./arguments";
import { type GetVirtualDiskChangesResult, readChangePages } from "./change-pages";
import { parsePageToken } from "./page-token";

/** The most ranges of one answer unless the program asks for another number. */
const DEFAULT_MAX_RANGES = 10_000;

/**
 * Which changes of which disk to tell. The baseline is `limitId`, or `ancestorPath`, or, when
 * neither is given, the disk's own parent.
 */
export interface GetVirtualDiskChangesArgs {
  /** The full path of the disk. */
  readonly path: string;
  /**
   * A resilient change tracking id, or a snapshot id of a VHD set: changes since then. Hyper-V
   * hosts only.
   */
  readonly limitId?: string | undefined;
  /**
   * The snapshot of a VHD set to compare with the baseline, instead of the present. With `limitId`,
   * `.vhds` only.
   */
  readonly targetSnapshotId?: string | undefined;
  /** A disk further up the chain: everything that its descendants down to `path` hold. */
  readonly ancestorPath?: string | undefined;
  /** Where the window begins, in bytes of the virtual disk; 0 by default. */
  readonly offsetBytes?: number | undefined;
  /** How long the window is; up to the end of the disk by default. */
  readonly lengthBytes?: number | undefined;
  /** The most ranges in one answer; 10,000 by default. What does not fit is behind `nextToken`. */
  readonly maxRanges?: number | undefined;
  /** From the previous answer, with all other arguments but `maxRanges` as they were. */
  readonly nextToken?: string | undefined;
}

/** The arguments of `getVirtualDiskChanges`. @internal */
export const getVirtualDiskChangesSchema = z.strictObject({
  path: diskPathArgument,
  limitId: z.string().min(1, "must not be empty").optional(),
  targetSnapshotId: z.string().min(1, "must not be empty").optional(),
  ancestorPath: diskPathArgument.optional(),
  offsetBytes: byteArgument.optional(),
  lengthBytes: byteArgument.optional(),
  maxRanges: z.int("must be a whole number").min(1, "must be at least 1").optional(),
  nextToken: z.string().min(1, "must not be empty").optional(),
});

type Arguments = z.output<typeof getVirtualDiskChangesSchema>;

/**
 * Tells which ranges of a disk may have other content than its baseline: a superset of the real
 * differences.
 *
 * @throws InvalidInput, and the codes of `DiskBackend.queryChanges`
 */
export async function getVirtualDiskChanges(
  backend: DiskBackend,
  args: GetVirtualDiskChangesArgs,
): Promise<GetVirtualDiskChangesResult> {
  for await (const page of iterateVirtualDiskChanges(backend, args)) {
    return page;
  }
  throw new DiskError("Internal", {
    what: "a change query ended without a result",
    subject: args.path,
  });
}

/**
 * As {@link getVirtualDiskChanges}, page after page to the end of the window, in bounded memory.
 * One reading of the disk serves all pages; each can be resumed from with its `nextToken`.
 */
export async function* iterateVirtualDiskChanges(
  backend: DiskBackend,
  args: GetVirtualDiskChangesArgs,
): AsyncGenerator<GetVirtualDiskChangesResult, void, undefined> {
  const parsed = parseArguments(
    "getVirtualDiskChanges",
    getVirtualDiskChangesSchema,
    args,
    backend.pathStyle,
  );
  const query = toQuery(parsed);
  const queryText = JSON.stringify(query);
  const resumed =
    parsed.nextToken === undefined ? undefined : parsePageToken(parsed.nextToken, queryText);
  const stream = await backend.queryChanges(
    resumed === undefined ? query : { ...query, ...resumed.window },
  );
  if (resumed !== undefined && resumed.fingerprint !== stream.fingerprint) {
    throw changedSince(stream);
  }
  yield* readChangePages(stream, parsed.maxRanges ?? DEFAULT_MAX_RANGES, queryText);
}

function toQuery(args: Arguments): ChangeQuery {
  const { path, offsetBytes, lengthBytes } = args;
  return { path, baseline: toBaseline(args), offsetBytes, lengthBytes };
}

function toBaseline({ limitId, targetSnapshotId, ancestorPath }: Arguments): ChangeBaseline {
  if (limitId !== undefined && ancestorPath !== undefined) {
    throw invalidArgument("getVirtualDiskChanges", [
      "limitId and ancestorPath are two baselines; set only one",
    ]);
  }
  if (targetSnapshotId !== undefined && limitId === undefined) {
    throw invalidArgument("getVirtualDiskChanges", [
      "targetSnapshotId needs limitId as the baseline to compare with",
    ]);
  }
  if (limitId !== undefined) {
    return { kind: "limitId", limitId, targetSnapshotId };
  }
  return ancestorPath === undefined ? { kind: "parent" } : { kind: "ancestor", path: ancestorPath };
}

function changedSince(stream: ChangeStream): DiskError {
  return new DiskError("InvalidInput", {
    what: "the disk or its baseline has been written to or replaced since the first page",
    subject: stream.path,
    remedy: "Start again, without nextToken.",
  });
}
