import type { ChangeBatch, ChangeQuery, ChangeStream } from "../../disk/backend";
import { DiskError } from "../../disk/errors";
import { extensionOf } from "../../disk/host-path";
import { type ChangedRange, clipRange, endOf, normalizeRanges } from "../../disk/ranges";
import { resolveWindow } from "../../disk/rules/windows";
import type { ChangesAnswer, ImageService } from "../service/image-service";

/** A disk whose changes are asked for, as observed when the query was opened. */
export interface TrackedDisk {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sectorSizeBytes: number;
  /** What the host knows the disk by. */
  readonly identityText: string;
}

type LimitIdBaseline = Extract<ChangeQuery["baseline"], { kind: "limitId" }>;

const MIB = 1024 * 1024;

/**
 * Opens a change query. The host is asked for the first part at once, so that a wrong id or
 * disabled tracking shows here, and for each further part when it is wanted.
 *
 * @param query whose baseline is a limit id
 * @param chunkSizeBytes how much of the disk one request asks for at most
 * @throws InvalidInput, OutOfRange, TrackingDisabled, StaleLimitId, InUse; NotSupported on hosts
 *   before 2016
 * @see Msvm_ImageManagementService.GetVirtualDiskChanges
 */
export async function openChangeQuery(
  service: ImageService,
  disk: TrackedDisk,
  query: ChangeQuery & { readonly baseline: LimitIdBaseline },
  chunkSizeBytes: number,
): Promise<ChangeStream> {
  const { limitId, targetSnapshotId } = query.baseline;
  assertBaseline(disk.path, query.baseline);
  const window = resolveWindow(disk.path, disk.sizeBytes, query);
  const ask = (rest: ChangedRange): Promise<ChangesPart> =>
    askForPart(service, disk, query.baseline, chunkOf(rest, disk.sizeBytes, chunkSizeBytes));
  const first = await ask(window);
  return {
    path: disk.path,
    sizeBytes: disk.sizeBytes,
    sectorSizeBytes: disk.sectorSizeBytes,
    window,
    fingerprint: [disk.identityText, disk.sizeBytes, limitId, targetSnapshotId ?? ""].join("|"),
    batches: readParts(first, window, ask),
  };
}

/** What one request brought. */
interface ChangesPart extends ChangeBatch {
  readonly processedToBytes: number;
}

async function* readParts(
  first: ChangesPart,
  window: ChangedRange,
  ask: (rest: ChangedRange) => Promise<ChangesPart>,
): AsyncGenerator<ChangeBatch, void, undefined> {
  let part = first;
  yield part;
  while (part.processedToBytes < endOf(window)) {
    const offsetBytes = part.processedToBytes;
    part = await ask({ offsetBytes, lengthBytes: endOf(window) - offsetBytes });
    yield part;
  }
}

/**
 * The next piece of the window to ask for. It is always shorter than the disk, as the method's
 * documentation demands, though many hosts accept the whole.
 */
function chunkOf(rest: ChangedRange, sizeBytes: number, chunkSizeBytes: number): ChangedRange {
  const shorterThanDisk = sizeBytes > MIB ? Math.floor((sizeBytes - 1) / MIB) * MIB : sizeBytes;
  return {
    offsetBytes: rest.offsetBytes,
    lengthBytes: Math.min(rest.lengthBytes, chunkSizeBytes, shorterThanDisk),
  };
}

async function askForPart(
  service: ImageService,
  disk: TrackedDisk,
  baseline: LimitIdBaseline,
  chunk: ChangedRange,
): Promise<ChangesPart> {
  if (chunk.lengthBytes === 0) {
    return { ranges: [], processedToBytes: chunk.offsetBytes };
  }
  const { limitId, targetSnapshotId } = baseline;
  const answer = await service.getVirtualDiskChanges({
    path: disk.path,
    limitId,
    targetSnapshotId,
    ...chunk,
  });
  const processed = {
    offsetBytes: chunk.offsetBytes,
    lengthBytes: processedLengthOf(answer, chunk, disk.path),
  };
  return { ranges: rangesOf(answer, processed, disk), processedToBytes: endOf(processed) };
}

/**
 * A host that makes no progress would be asked forever; skipping what it did not process would lose
 * changes.
 */
function processedLengthOf(answer: ChangesAnswer, chunk: ChangedRange, path: string): number {
  const processed = answer.processedBytes ?? 0n;
  if (processed < 1n || processed > BigInt(chunk.lengthBytes)) {
    throw untrustworthy(path, "it does not say how much of the disk it covers", {
      offsetBytes: chunk.offsetBytes,
      lengthBytes: chunk.lengthBytes,
      processedBytes: processed,
    });
  }
  return Number(processed);
}

/**
 * @returns ranges sorted, disjoint and cut to what was processed: what reaches beyond it is told
 *   again by the next part
 */
function rangesOf(
  answer: ChangesAnswer,
  processed: ChangedRange,
  disk: TrackedDisk,
): ChangedRange[] {
  const offsets = answer.offsetsBytes ?? [];
  const lengths = answer.lengthsBytes ?? [];
  if (offsets.length !== lengths.length) {
    throw untrustworthy(disk.path, "its lists of offsets and of lengths differ in length", {
      offsets: offsets.length,
      lengths: lengths.length,
    });
  }
  const ranges = offsets.map((offset, index) => {
    const range = {
      offsetBytes: toSafe(offset, disk.path),
      lengthBytes: toSafe(lengths[index] ?? 0n, disk.path),
    };
    const kept = clipRange(range, processed);
    if (kept === undefined && range.lengthBytes > 0) {
      throw untrustworthy(disk.path, "it reports a change outside the requested window", {
        ...range,
      });
    }
    return kept ?? { offsetBytes: processed.offsetBytes, lengthBytes: 0 };
  });
  return normalizeRanges(ranges);
}

function toSafe(value: bigint, path: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw untrustworthy(path, "it reports a byte offset that no disk can have", { value });
  }
  return Number(value);
}

function assertBaseline(path: string, { limitId, targetSnapshotId }: LimitIdBaseline): void {
  if (limitId.trim() === "") {
    throw new DiskError("InvalidInput", {
      what: "the limit id is empty",
      subject: path,
      remedy: "Use the id of a reference point, or of a snapshot of a VHD set.",
    });
  }
  if (targetSnapshotId !== undefined && extensionOf(path) !== ".vhds") {
    throw new DiskError("InvalidInput", {
      what: "a target snapshot can be used only with a VHD set",
      subject: path,
      facts: { targetSnapshotId },
      remedy: "Leave targetSnapshotId out, or query the .vhds file.",
    });
  }
}

function untrustworthy(
  path: string,
  reason: string,
  facts: Readonly<Record<string, number | bigint>>,
): DiskError {
  return new DiskError("Internal", {
    what: `the host's answer about changes cannot be trusted: ${reason}`,
    subject: path,
    facts,
    remedy:
      "Make a full copy of the disk, and report this together with the Windows version of the " +
      "host.",
  });
}

/** The error for a change query against a parent, which a host cannot answer. */
export function noOfflineBaseline(query: ChangeQuery): DiskError {
  return new DiskError("NotSupported", {
    what: "a Hyper-V host reports changes only since a limit id, not against a parent",
    subject: query.path,
    facts: query.baseline.kind === "ancestor" ? { ancestorPath: query.baseline.path } : {},
    remedy:
      "Pass the limitId of a ReferencePoint, or use the embedded backend where the files can be " +
      "read (vhd:backend embedded).",
  });
}
