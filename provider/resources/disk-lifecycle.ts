import type { DiskBackend } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { isSamePath } from "../disk/host-path";
import { assertSameDisk } from "../disk/identity";
import { ADVICE_FOR_TAKEN_PATH } from "./advice";
import { assertReplaceable, assertStepsPossible, checkDisk } from "./disk-check";
import { diffDisk } from "./disk-diff";
import type { DeclarableName, DeclaredDisk, DiskInputs, DiskKind } from "./disk-kind";
import { runOf } from "./disk-run";
import {
  type DiskState,
  parseDiskState,
  recordDisk,
  serializeDiskState,
  targetOf,
} from "./disk-state";
import { PARENT_REFERENCE_INPUT } from "./parent-reference";
import { PartiallyDoneError } from "./partially-done";
import type { ObservedResource, Properties, ResourceLifecycle, StepContext } from "./resource";
import { isUnknown } from "./unknown";

/**
 * Makes the lifecycle of a type of disk. What the doors hand over is parsed here, and nowhere
 * behind.
 */
export function createDiskLifecycle<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
): ResourceLifecycle {
  return {
    check: (backend, olds, news, context = {}) =>
      checkDisk(kind, backend, olds, declare(kind, backend, news, context), news),
    diff: async (backend, olds, news, context = {}) => {
      const state = parseDiskState(olds, "");
      const declared = declare(kind, backend, news, context);
      const parentChange = await kind.compareParents(backend, state, declared);
      const result = await diffDisk(backend, state, declared, kind.fixedNames, parentChange);
      if (result.replaces.length === 0) {
        await assertStepsPossible(kind, backend, state, declared, parentChange);
      } else if (result.deleteBeforeReplace) {
        await assertReplaceable(backend, state, context);
      } else {
        runOf(backend).noteKept(state.path);
      }
      return result;
    },
    create: (backend, inputs, context = {}) =>
      createDisk(
        kind,
        backend,
        kind.parse(backend.pathStyle, inputs),
        keptFrom(kind, inputs),
        context,
      ),
    read: (backend, id, recorded) => readDisk(kind, backend, parseDiskState(recorded, id)),
    update: (backend, id, olds, news) =>
      updateDisk(
        kind,
        backend,
        parseDiskState(olds, id),
        kind.parse(backend.pathStyle, news),
        keptFrom(kind, news),
      ),
    delete: (backend, id, recorded, context = {}) =>
      deleteDisk(backend, parseDiskState(recorded, id), context),
  };
}

/** What the state keeps of the inputs besides what can be observed. */
type Kept = Pick<DiskState, "parentPath" | "parentReference" | "declared">;

function declare<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  { pathStyle }: DiskBackend,
  news: Properties,
  context: StepContext,
): DeclaredDisk<Inputs> & ReturnType<DiskKind<Inputs>["parseDeclared"]> {
  const reference = news[PARENT_REFERENCE_INPUT];
  const known = typeof reference === "string" ? { text: reference } : undefined;
  return {
    ...kind.parseDeclared(pathStyle, news),
    parentReference: isUnknown(reference) ? "unknown" : known,
    context,
  };
}

function keptFrom<Inputs extends DiskInputs>(
  { optionalNames }: DiskKind<Inputs>,
  inputs: Properties,
): Kept {
  const { [PARENT_REFERENCE_INPUT]: reference, parentPath } = inputs;
  return {
    parentPath: typeof parentPath === "string" ? parentPath : undefined,
    parentReference: typeof reference === "string" ? reference : undefined,
    declared: optionalNames.filter((name) => inputs[name] !== undefined),
  };
}

/** Makes a disk, or adopts the one that is there. */
async function createDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  inputs: Inputs,
  kept: Kept,
  context: StepContext,
): Promise<ObservedResource> {
  const adopted = inputs.adopt === true ? await adoptDisk(kind, backend, inputs) : undefined;
  if (adopted !== undefined) {
    const { disk, adoptionId } = adopted;
    runOf(backend).noteAdopted({ path: disk.path, identity: disk.identity, adoptionId });
    return observed(kind, backend, disk, { ...kept, adoptionId });
  }
  const disk = await makeDisk(kind, backend, inputs, context);
  runOf(backend).noteMade(context.owner, { path: disk.path, identity: disk.identity });
  return observed(kind, backend, disk, kept);
}

async function makeDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  inputs: Inputs,
  { owner }: StepContext,
): Promise<VirtualDiskInfo> {
  const { createFolder } = inputs;
  try {
    return await backend.createDisk({ ...kind.toRequest(inputs), owner, createFolder });
  } catch (error) {
    if (!isDiskError(error, "AlreadyExists")) {
      throw error;
    }
    throw new DiskError("AlreadyExists", {
      ...error.details,
      remedy: `Nothing was overwritten. ${ADVICE_FOR_TAKEN_PATH}`,
      cause: error,
    });
  }
}

/**
 * Takes over a disk that is exactly the declared one.
 *
 * @returns `undefined` when there is no disk
 * @throws AlreadyExists when it is not exactly the declared one
 */
async function adoptDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  inputs: Inputs,
): Promise<{ readonly disk: VirtualDiskInfo; readonly adoptionId: string } | undefined> {
  let disk: VirtualDiskInfo;
  try {
    disk = await backend.inspectDisk(inputs.path);
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return undefined;
    }
    throw error;
  }
  const differences = await kind.listDifferences(backend, inputs, disk, "whole");
  if (differences.length > 0) {
    throw new DiskError("AlreadyExists", {
      what: `the disk at this path is not the declared one: ${differences.join("; ")}`,
      subject: inputs.path,
      remedy:
        "Nothing was changed. Declare the disk as it is, choose another path, or move the file " +
        "away.",
    });
  }
  return backend.adoptDisk(inputs.path);
}

/**
 * Observes a recorded disk, and everything that it needs to be whole.
 *
 * @returns `undefined` when it is proven to be gone
 * @throws AlreadyExists when another disk is at its path; the codes of `DiskBackend.readChain` for
 *   a broken chain
 */
async function readDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  state: DiskState,
): Promise<ObservedResource | undefined> {
  const { identity, path } = state;
  try {
    const disk = await kind.observe(backend, path);
    if (identity !== undefined) {
      assertSameDisk(path, identity, disk.identity);
    }
    // A disk that is imported keeps the mark of its last adoption, so that it counts as its
    // owner's.
    const adoptionId = identity === undefined ? await backend.readAdoption(path) : state.adoptionId;
    return await observed(kind, backend, disk, { ...state, adoptionId });
  } catch (error) {
    if (!isDiskError(error, "NotFound") || identity === undefined) {
      throw error;
    }
  }
  // A move that was cut off leaves the disk elsewhere.
  const movedPath = await backend.locateDisk(targetOf(state));
  return movedPath === undefined
    ? undefined
    : observed(kind, backend, await kind.observe(backend, movedPath), state);
}

/** Brings a recorded disk to what is declared: first its place, then its parent, then its size. */
async function updateDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  state: DiskState,
  inputs: Inputs,
  kept: Kept,
): Promise<ObservedResource> {
  let target = targetOf(state);
  let changed = false;
  const observeNow = async (keep: Partial<DiskState>): Promise<ObservedResource> => {
    const disk = await backend.inspectDisk(target.path);
    assertSameDisk(target.path, target.identity, disk.identity);
    return observed(kind, backend, disk, { ...state, ...keep });
  };
  try {
    if (!isSamePath(backend.pathStyle, target.path, inputs.path)) {
      const { createFolder } = inputs;
      await backend.moveDisk(target, inputs.path, { repointChildren: true, createFolder });
      target = { ...target, path: inputs.path };
      changed = true;
    }
    changed = (await kind.bringUpToDate(backend, target, state, inputs)) || changed;
    if (inputs.sizeBytes !== undefined && inputs.sizeBytes !== state.sizeBytes) {
      await backend.growDisk(target, inputs.sizeBytes);
    }
    return await observeNow(kept);
  } catch (error) {
    const present = changed
      ? await observeNow({ declared: kept.declared }).catch(() => undefined)
      : undefined;
    throw present === undefined ? error : new PartiallyDoneError(present, error);
  }
}

/**
 * Deletes a recorded disk after proof. What another resource took over in this run belongs to that
 * one now.
 */
async function deleteDisk(
  backend: DiskBackend,
  state: DiskState,
  { warn }: StepContext,
): Promise<void> {
  const target = targetOf(state);
  if (await runOf(backend).wasTaken(state)) {
    warn?.(
      `${state.path} was not deleted: another resource adopted it in this run, and owns it now.`,
    );
    return;
  }
  await backend.deleteDisk(target);
  runOf(backend).noteDeleted(state.path);
}

async function observed<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  disk: VirtualDiskInfo,
  kept: Partial<DiskState>,
): Promise<ObservedResource> {
  const state = recordDisk(disk, { ...kept, ...(await kind.recordParent(backend, disk, kept)) });
  const outputs = serializeDiskState(state);
  const declared = Object.fromEntries(
    state.declared.map((name) => [name, state[name as DeclarableName]]),
  );
  return { id: disk.path, outputs, inputs: { ...kind.requiredInputs(state), ...declared } };
}
