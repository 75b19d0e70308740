import type { ChangeBaseline, ChangeBatch, ChangeQuery, ChangeStream } from "../disk/backend";
import { DiskError } from "../disk/errors";
import { isSamePath } from "../disk/host-path";
import { resolveWindow } from "../disk/rules/windows";
import type { ImageChain } from "../image/chain";
import { readChanges } from "../image/changes";
import type { DiskFiles } from "./disk-files";
import { readFingerprint, writtenMeanwhile } from "./fingerprint";
import { LOCAL_PATH_STYLE } from "./path-style";

/**
 * Opens a change query over the files of this machine. The files are held open only while the
 * answer is consumed.
 *
 * @throws the codes of `DiskBackend.queryChanges`
 */
export async function queryImageChanges(
  files: DiskFiles,
  query: ChangeQuery,
): Promise<ChangeStream> {
  const chain = await files.openChain(query.path, "ranges");
  try {
    const { sizeBytes, logicalSectorSizeBytes } = chain.links[0].image.properties;
    const window = resolveWindow(query.path, sizeBytes, query);
    const imageCount = countImages(chain, query);
    const fingerprint = await fingerprintOf(chain, imageCount);
    return {
      path: query.path,
      sizeBytes,
      sectorSizeBytes: logicalSectorSizeBytes,
      window,
      fingerprint,
      batches: readBatches(files, query.path, imageCount, window, fingerprint),
    };
  } finally {
    await chain.close();
  }
}

async function* readBatches(
  files: DiskFiles,
  path: string,
  imageCount: number,
  window: { readonly offsetBytes: number; readonly lengthBytes: number },
  fingerprint: string,
): AsyncGenerator<ChangeBatch, void, undefined> {
  const chain = await files.openChain(path, "ranges");
  try {
    await assertFingerprint(chain, imageCount, fingerprint);
    const images = chain.links.slice(0, imageCount).map((link) => link.image);
    const baseline = chain.links[imageCount]?.image.properties;
    yield* readChanges(images, window, baseline?.sizeBytes ?? 0);
    await assertFingerprint(chain, imageCount, fingerprint);
  } finally {
    await chain.close();
  }
}

/** How many images, from the leaf on, hold what changed since the baseline. */
function countImages(chain: ImageChain, query: ChangeQuery): number {
  const { baseline } = query;
  if (baseline.kind === "limitId") {
    throw new DiskError("NotSupported", {
      what: "plain files have no limit ids: only a Hyper-V host has resilient change tracking",
      subject: query.path,
      facts: { limitId: baseline.limitId },
      remedy: "Set vhd:backend to hyperv, or query the changes since a parent (ancestorPath).",
    });
  }
  const index = chain.links.findIndex(
    (link, depth) =>
      depth > 0 &&
      (baseline.kind === "parent" || isSamePath(LOCAL_PATH_STYLE, link.path, baseline.path)),
  );
  if (index === -1) {
    throw noSuchBaseline(chain, query.path, baseline);
  }
  return index;
}

function noSuchBaseline(chain: ImageChain, path: string, baseline: ChangeBaseline): DiskError {
  const ancestors = chain.links.slice(1).map((link) => link.path);
  return new DiskError("InvalidInput", {
    what:
      baseline.kind === "ancestor"
        ? `${baseline.path} is not an ancestor of this disk`
        : "this disk has no parent to compare it with",
    subject: path,
    facts: { ancestors: ancestors.length === 0 ? "none" : ancestors.join(", ") },
    remedy:
      ancestors.length === 0
        ? "Query the changes of a differencing disk."
        : "Set ancestorPath to one of its ancestors.",
  });
}

async function assertFingerprint(
  chain: ImageChain,
  imageCount: number,
  expected: string,
): Promise<void> {
  if ((await fingerprintOf(chain, imageCount)) !== expected) {
    throw writtenMeanwhile(chain.links[0].path, "list of changes");
  }
}

/** The baseline itself counts as well: whether it is the disk that it was is part of the answer. */
function fingerprintOf(chain: ImageChain, imageCount: number): Promise<string> {
  return readFingerprint(chain.links.slice(0, imageCount + 1));
}
