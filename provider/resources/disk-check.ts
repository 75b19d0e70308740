import type { DiskBackend } from "../disk/backend";
import { formatOfPath, isSamePath } from "../disk/host-path";
import { findGrowthProblem } from "../disk/rules/growth";
import type { DeclaredDisk, DiskInputs, DiskKind } from "./disk-kind";
import { runOf } from "./disk-run";
import { FailureList, type ParsedInputs } from "./inputs";
import { checkPlace } from "./place-check";
import type { CheckResult, Properties } from "./resource";

/**
 * Validates the inputs of a disk: what they say by themselves, whether another resource has the
 * same disk, and, in a preview, what the host says about the place and the parent.
 *
 * A preview must never fail where the update would succeed. So whatever an earlier step of the same
 * program may still bring about is not complained of: see disk-run.ts.
 *
 * @param olds the inputs before; empty for a new resource, and for one that is about to be replaced
 * @param news what `declared` was parsed from
 */
export async function checkDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  olds: Properties,
  declared: DeclaredDisk<Inputs> & ParsedInputs<Inputs>,
  news: Properties,
): Promise<CheckResult> {
  const list = new FailureList(declared.failures);
  kind.checkTogether(list, declared.values);
  checkGrowth(list, kind, olds, declared);
  if (list.failures.length === 0) {
    await checkClaim(list, backend, olds, declared);
  }
  if (list.failures.length === 0 && declared.context.preview === true) {
    // What replaces the disk is made again, and Pulumi checks it once more for that.
    if (olds["path"] === undefined || !mayBeReplaced(kind, olds, declared)) {
      await checkPlace(list, kind, backend, olds, declared);
    }
    await kind.checkParent(list, backend, { ...declared, olds });
  }
  return { inputs: news, failures: list.failures };
}

/**
 * What can be said about a changed size from the inputs alone, unless another change replaces the
 * disk anyway.
 */
function checkGrowth<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  olds: Properties,
  declared: DeclaredDisk<Inputs>,
): void {
  const { path, sizeBytes } = declared.values;
  const oldSizeBytes = olds["sizeBytes"];
  const isKnown = typeof oldSizeBytes === "number" && sizeBytes !== undefined && path !== undefined;
  if (!isKnown || mayBeReplaced(kind, olds, declared)) {
    return;
  }
  const format = formatOfPath(path);
  if (format !== undefined && olds["path"] === path) {
    list.addProblem(findGrowthProblem({ format, sizeBytes: oldSizeBytes }, sizeBytes));
  }
}

/** Whether another change than that of place or size may replace the disk. */
function mayBeReplaced<Inputs extends DiskInputs>(
  { fixedNames }: DiskKind<Inputs>,
  olds: Properties,
  { values, parentReference }: DeclaredDisk<Inputs>,
): boolean {
  const { path } = values;
  const oldPath = olds["path"];
  const isOtherFormat =
    typeof oldPath === "string" &&
    path !== undefined &&
    formatOfPath(oldPath) !== formatOfPath(path);
  const names = [...fixedNames, "parentPath"];
  return (
    isOtherFormat ||
    parentReference === "unknown" ||
    names.some((name) => olds[name] !== (values as Properties)[name])
  );
}

async function checkClaim<Inputs extends DiskInputs>(
  list: FailureList,
  backend: DiskBackend,
  olds: Properties,
  { values: { path, createFolder }, context: { owner } }: DeclaredDisk<Inputs>,
): Promise<void> {
  if (owner === undefined || path === undefined) {
    return;
  }
  const oldPath = typeof olds["path"] === "string" ? olds["path"] : undefined;
  const other = await runOf(backend).claim({
    owner,
    path,
    oldPath,
    createFolder: createFolder === true,
  });
  if (other !== undefined) {
    const spelling = isSamePath(backend.pathStyle, path, other) ? "" : ` (there: ${other})`;
    list.add(
      "path",
      `Another resource of this program has the same disk, ${path}${spelling}. Each disk belongs ` +
        "to one.",
    );
  }
}
