import type { DiskBackend, PlannedChange } from "../disk/backend";
import { DiskError, isDiskError } from "../disk/errors";
import { formatOfPath, isSamePath } from "../disk/host-path";
import { findGrowthProblem } from "../disk/rules/growth";
import type { ParentChange } from "./disk-diff";
import type { DeclaredDisk, DiskInputs, DiskKind } from "./disk-kind";
import { runOf } from "./disk-run";
import type { DiskState } from "./disk-state";
import { FailureList, type ParsedInputs } from "./inputs";
import { PARENT_REFERENCE_INPUT, matchParentReferences } from "./parent-reference";
import { type OldDisk, checkPlace } from "./place-check";
import { addRehearsed } from "./rehearsal";
import type { CheckResult, Properties, StepContext } from "./resource";

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
    if (olds["path"] === undefined || isInPlace(kind, olds, declared)) {
      const { path, sizeBytes } = olds as Partial<OldDisk>;
      await checkSteps(list, kind, backend, { path, sizeBytes }, declared);
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

/**
 * Looks ahead, in a preview, to the steps of an update that turned out not to replace the disk. A
 * check shows the same beside the inputs, but knows neither whether the disk is replaced nor which
 * disk it is.
 *
 * @throws InvalidInput when one of them will be refused
 */
export async function assertStepsPossible<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  state: DiskState,
  declared: DeclaredDisk<Inputs>,
  parentChange: ParentChange,
): Promise<void> {
  if (declared.context.preview !== true) {
    return;
  }
  const list = new FailureList([]);
  await checkSteps(list, kind, backend, state, declared);
  if (parentChange.changes && list.failures.length === 0) {
    const at = await locate(backend, state, declared);
    const step = { kind: "change or delete", ...at } as const;
    await addRehearsed(list, backend, "parentPath", step);
  }
  if (list.failures.length > 0) {
    throw new DiskError("InvalidInput", {
      what: list.failures
        .map(({ property, reason }) => `${property}: ${reason}`)
        .join(" ")
        .replace(/\.$/, ""),
      subject: state.path,
    });
  }
}

/**
 * Makes sure, in a preview, that a disk that is to be replaced at its path will be deleted: one
 * that another resource adopted stays, and so does a stranger.
 *
 * @throws AlreadyExists
 */
export async function assertReplaceable(
  backend: DiskBackend,
  { path, identity, adoptionId }: DiskState,
  { preview }: StepContext,
): Promise<void> {
  if (preview !== true || identity === undefined) {
    return;
  }
  try {
    await backend.rehearse({ kind: "change or delete", path, identity, adoptionId });
  } catch (error) {
    if (isDiskError(error, "AlreadyExists")) {
      throw error;
    }
  }
}

/** What the host says about a changed place or size. */
async function checkSteps<Inputs extends DiskInputs>(
  list: FailureList,
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  old: OldDisk,
  declared: DeclaredDisk<Inputs>,
): Promise<void> {
  await checkPlace(list, kind, backend, old, declared);
  const { sizeBytes } = declared.values;
  const { path } = old;
  const mustGrow = sizeBytes !== undefined && sizeBytes !== old.sizeBytes;
  if (path !== undefined && mustGrow && list.failures.length === 0) {
    const at = await locate(backend, { ...old, path }, declared);
    await addRehearsed(list, backend, "sizeBytes", { kind: "grow", ...at, sizeBytes });
  }
}

/** Where a disk is: a move that was cut off may have brought it to its new path. */
async function locate<Inputs extends DiskInputs>(
  backend: DiskBackend,
  { path, identity, adoptionId }: OldDisk & { readonly path: string },
  { values }: DeclaredDisk<Inputs>,
): Promise<PlannedChange> {
  const place = await backend.examinePlace(path).catch(() => undefined);
  return { path: place?.isTaken === false ? (values.path ?? path) : path, identity, adoptionId };
}

/** Whether it is certain that no change replaces the disk. */
function isInPlace<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  olds: Properties,
  declared: DeclaredDisk<Inputs>,
): boolean {
  return declared.context.isInPlace === true || !mayBeReplaced(kind, olds, declared);
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
    mayBeOtherParent(olds[PARENT_REFERENCE_INPUT], parentReference) ||
    names.some((name) => olds[name] !== (values as Properties)[name])
  );
}

function mayBeOtherParent(
  recorded: unknown,
  present: DeclaredDisk<DiskInputs>["parentReference"],
): boolean {
  if (present === undefined || present === "unknown" || typeof recorded !== "string") {
    return present === "unknown";
  }
  return matchParentReferences(recorded, present.text) !== "resource";
}

async function checkClaim<Inputs extends DiskInputs>(
  list: FailureList,
  backend: DiskBackend,
  olds: Properties,
  { values: { path, createFolder, adopt }, context: { owner } }: DeclaredDisk<Inputs>,
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
    adopts: adopt === true && oldPath === undefined,
  });
  if (other !== undefined) {
    const spelling = isSamePath(backend.pathStyle, path, other) ? "" : ` (there: ${other})`;
    list.add(
      "path",
      `Another resource of this program has the same disk, ${path}${spelling}. A disk can belong ` +
        "to only one resource.",
    );
    return;
  }
  const disputed = await runOf(backend).findDisputedAdoption(owner);
  if (disputed !== undefined) {
    list.add(
      "path",
      `One resource of this program adopts the disk at ${disputed}, and another moves that disk ` +
        "away in the same update, so the result would depend on their order. Run pulumi up with " +
        "one of the two changes first, then with the other.",
    );
  }
}
