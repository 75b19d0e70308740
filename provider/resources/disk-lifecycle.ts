import type { CreateDiskRequest, DiskBackend, DiskTarget } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import { isSamePath } from "../disk/host-path";
import { assertSameDisk } from "../disk/identity";
import { diskOutputs, listDeclared, parseDiskRecord, pickDeclared, targetOf } from "./disk-outputs";
import { PartiallyDoneError } from "./partially-done";
import type { ObservedResource, Properties } from "./resource";

/** Inputs that every disk has, all known and validated. */
export interface DiskInputs {
  readonly path: string;
  readonly adopt?: boolean | undefined;
  readonly sizeBytes?: number | undefined;
}

/** What one type of disk adds to the flows of this file. */
export interface DiskKind<Inputs extends DiskInputs> {
  /** Reads inputs that were checked before. @throws InvalidInput */
  parse(backend: DiskBackend, inputs: Properties): Inputs;
  /** What to ask the backend for. */
  toRequest(inputs: Inputs): CreateDiskRequest;
  /** In which ways a disk that exists is not the declared one, as clauses; none when it is exactly that. */
  listDifferences(backend: DiskBackend, inputs: Inputs, disk: VirtualDiskInfo): Promise<string[]>;
  /** Outputs of this type besides those of every disk. */
  extraOutputs(backend: DiskBackend, disk: VirtualDiskInfo, recorded: Properties): Promise<Properties>;
  /** Required inputs with the values observed. */
  observedInputs(outputs: Properties): Properties;
  /** The names of inputs that may be left out and do something. */
  readonly optionalNames: readonly string[];
  /** Steps of an update besides moving and growing. @returns whether anything was done */
  bringUpToDate(backend: DiskBackend, target: DiskTarget, olds: Properties, inputs: Inputs): Promise<boolean>;
}

/** Makes a disk, or adopts the one that is there. */
export async function createDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  news: Properties,
): Promise<ObservedResource> {
  const inputs = kind.parse(backend, news);
  const adopted = inputs.adopt === true ? await adoptDisk(kind, backend, inputs) : undefined;
  const disk = adopted ?? (await backend.createDisk(kind.toRequest(inputs)));
  return observed(kind, backend, disk, listDeclared(news, kind.optionalNames), news);
}

/** Observes a recorded disk. @throws AlreadyExists when another one lies at its path */
export async function readDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  id: string,
  recorded: Properties,
): Promise<ObservedResource | undefined> {
  // Pulumi reads what a program gets by its id with no outputs, or only with the inputs it gave.
  const record = parseDiskRecord({ ...recorded, path: recorded["path"] ?? id });
  try {
    const disk = await backend.inspectDisk(record.path);
    if (record.identity !== undefined) {
      assertSameDisk(record.path, record.identity, disk.identity);
    }
    return await observed(kind, backend, disk, record.declared, recorded);
  } catch (error) {
    if (isDiskError(error, "NotFound") && record.identity !== undefined) {
      return undefined;
    }
    throw error;
  }
}

/** Brings a recorded disk to what is declared: first its place, then its parent, then its size. */
export async function updateDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  olds: Properties,
  news: Properties,
): Promise<ObservedResource> {
  const inputs = kind.parse(backend, news);
  const declared = listDeclared(news, kind.optionalNames);
  let target = targetOf(parseDiskRecord(olds));
  let changed = false;
  const observeNow = async (recorded: Properties): Promise<ObservedResource> => {
    const disk = await backend.inspectDisk(target.path);
    assertSameDisk(target.path, target.identity, disk.identity);
    return observed(kind, backend, disk, declared, recorded);
  };
  try {
    if (!isSamePath(backend.pathStyle, target.path, inputs.path)) {
      await backend.moveDisk(target, inputs.path);
      target = { ...target, path: inputs.path };
      changed = true;
    }
    changed = (await kind.bringUpToDate(backend, target, olds, inputs)) || changed;
    if (inputs.sizeBytes !== undefined && inputs.sizeBytes !== olds["sizeBytes"]) {
      await backend.growDisk(target, inputs.sizeBytes);
    }
    return await observeNow({ ...olds, ...news });
  } catch (error) {
    const present = changed ? await observeNow(olds).catch(() => undefined) : undefined;
    throw present === undefined ? error : new PartiallyDoneError(present, error);
  }
}

/** Deletes a recorded disk after proof. */
export async function deleteDisk(backend: DiskBackend, recorded: Properties): Promise<void> {
  await backend.deleteDisk(targetOf(parseDiskRecord(recorded)));
}

async function observed<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  disk: VirtualDiskInfo,
  declared: readonly string[],
  recorded: Properties,
): Promise<ObservedResource> {
  const { identity } = parseDiskRecord({ path: disk.path, ...recorded });
  const outputs = {
    ...diskOutputs(disk, declared, identity),
    ...(await kind.extraOutputs(backend, disk, recorded)),
  };
  return { id: disk.path, outputs, inputs: { ...kind.observedInputs(outputs), ...pickDeclared(outputs, declared) } };
}

/** Takes over a disk that is exactly the declared one; `undefined` when there is none. */
async function adoptDisk<Inputs extends DiskInputs>(
  kind: DiskKind<Inputs>,
  backend: DiskBackend,
  inputs: Inputs,
): Promise<VirtualDiskInfo | undefined> {
  let disk: VirtualDiskInfo;
  try {
    disk = await backend.inspectDisk(inputs.path);
  } catch (error) {
    if (isDiskError(error, "NotFound")) {
      return undefined;
    }
    throw error;
  }
  const differences = await kind.listDifferences(backend, inputs, disk);
  if (differences.length > 0) {
    throw new DiskError("AlreadyExists", {
      what: `there is a disk at this path, and it is not the declared one: ${differences.join("; ")}`,
      subject: inputs.path,
      remedy: "Nothing was changed. Declare the disk as it is, choose another path, or move the file away.",
    });
  }
  return disk;
}

/** The members of a disk that a program can declare. */
type DeclarableName = "type" | "sizeBytes" | "blockSizeBytes" | "logicalSectorSizeBytes" | "physicalSectorSizeBytes";

/** A clause for each declared value that the disk does not have. */
export function listDifferingValues(
  declared: { readonly [Name in DeclarableName]?: VirtualDiskInfo[Name] | undefined },
  disk: VirtualDiskInfo,
): string[] {
  const names = Object.keys(declared) as DeclarableName[];
  return names
    .filter((name) => declared[name] !== undefined && declared[name] !== disk[name])
    .map((name) => `${name} is ${disk[name]}, declared is ${declared[name]}`);
}
