import type { DiskBackend } from "../disk/backend";
import { DiskError, isDiskError } from "../disk/errors";
import { formatOfPath, isSamePath } from "../disk/host-path";
import { isSameDisk } from "../disk/identity";
import { assertCanGrow } from "../disk/rules/growth";
import { describeBytes } from "../disk/rules/quantities";
import type { DeclarableName, DiskInputs } from "./disk-kind";
import { runOf } from "./disk-run";
import type { DiskState } from "./disk-state";
import type { Declared } from "./inputs";
import type { DiffResult } from "./resource";

/** What the comparison of a disk's parent found. */
export interface ParentChange {
  readonly changes: boolean;
  readonly replaces: readonly string[];
}

/**
 * Compares what all disks have: place, size and the values fixed for life.
 *
 * @param fixedNames inputs that cannot change in place; one that is left out stays as it is
 * @throws OutOfRange when the disk would have to shrink; NotSupported when a VHD would have to
 *   grow; InvalidInput when a replacement would lose content
 */
export async function diffDisk(
  backend: DiskBackend,
  state: DiskState,
  declared: Declared<DiskInputs>,
  fixedNames: readonly DeclarableName[],
  parentChange: ParentChange,
): Promise<DiffResult> {
  const replaces = [
    ...parentChange.replaces,
    ...fixedNames.filter((name) => isDeclaredDifferently(state, declared, name)),
  ];
  const place = comparePlaces(backend, state, declared);
  if (place === "another format") {
    replaces.push("path");
  }
  if (replaces.length > 0) {
    await assertNoDataLoss(backend, state, declared, replaces);
    runOf(backend).noteReplaced(state.path);
    return {
      changes: true,
      replaces,
      deleteBeforeReplace: place === "same" || place === "unknown",
    };
  }
  const grows = mustGrow(state, declared);
  return {
    changes: parentChange.changes || grows || place !== "same",
    replaces: [],
    deleteBeforeReplace: false,
  };
}

function isDeclaredDifferently(
  state: DiskState,
  { values, unknown }: Declared<DiskInputs>,
  name: DeclarableName,
): boolean {
  const value: unknown = values[name];
  return unknown.has(name) || (value !== undefined && value !== state[name]);
}

type PlaceChange = "same" | "moved" | "another format" | "unknown";

function comparePlaces(
  { pathStyle }: DiskBackend,
  state: DiskState,
  { values: { path } }: Declared<DiskInputs>,
): PlaceChange {
  if (path === undefined) {
    return "unknown";
  }
  if (isSamePath(pathStyle, state.path, path)) {
    return "same";
  }
  return formatOfPath(state.path) === formatOfPath(path) ? "moved" : "another format";
}

function mustGrow(
  { path, format, sizeBytes: present }: DiskState,
  { values, unknown }: Declared<DiskInputs>,
): boolean {
  const { sizeBytes } = values;
  if (unknown.has("sizeBytes")) {
    return true;
  }
  if (
    sizeBytes === undefined ||
    present === undefined ||
    format === undefined ||
    sizeBytes === present
  ) {
    return false;
  }
  assertCanGrow({ path, format, sizeBytes: present }, sizeBytes);
  return true;
}

/**
 * A replacement deletes the old disk: what it holds is lost, so the program has to say that it may
 * be.
 */
async function assertNoDataLoss(
  backend: DiskBackend,
  state: DiskState,
  { values, unknown }: Declared<DiskInputs>,
  replaces: readonly string[],
): Promise<void> {
  if (values.allowDataLoss === true || unknown.has("allowDataLoss")) {
    return;
  }
  const { path } = state;
  const loss = await describeLoss(backend, state);
  if (loss !== undefined) {
    throw new DiskError("InvalidInput", {
      what: `this change replaces the disk, and ${loss}`,
      subject: path,
      facts: { "changed input": replaces.join(", ") },
      remedy:
        "Nothing was changed. Undo the change in the program, or set allowDataLoss to true to " +
        "replace the disk anyway. If the disk is replaced because its parent is replaced, first " +
        "run pulumi up with allowDataLoss as the only change.",
    });
  }
}

/**
 * What would be lost with the recorded disk, as a clause; `undefined` where it holds nothing or is
 * gone.
 */
async function describeLoss(
  backend: DiskBackend,
  { path, identity }: DiskState,
): Promise<string | undefined> {
  try {
    const disk = await backend.inspectDisk(path);
    if (identity !== undefined && !isSameDisk(identity, disk.identity)) {
      // Whatever else is there by now is not deleted with the resource.
      return undefined;
    }
    const lengthBytes = await backend.measureData(path);
    return lengthBytes === 0 ? undefined : `${describeBytes(lengthBytes)} of content would be lost`;
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return undefined;
    }
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    return `how much content would be lost cannot be determined: ${reason}`;
  }
}
