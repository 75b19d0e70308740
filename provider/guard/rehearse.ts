import type { DiskStep, PlannedChange } from "../disk/backend";
import type { DiskHost, HostFile, IdentifiedDisk } from "../disk/host";
import { createOtherVolumeError } from "../disk/rules/volumes";
import { assertMayGrow } from "./grow-disk";
import type { Guard } from "./guarded-backend";
import { assertNotTakenOver, identifyRecorded } from "./proof";

/** @throws the codes of `DiskBackend.rehearse` */
export async function rehearse<File extends HostFile>(
  guard: Guard<File>,
  step: DiskStep,
): Promise<void> {
  switch (step.kind) {
    case "make child":
      return assertRecordable(guard.host, step.parentPath);
    case "change or delete":
      await identify(guard.host, step);
      return;
    case "grow":
      return rehearseGrowth(guard, await identify(guard.host, step), step.sizeBytes);
    case "move":
      return rehearseMove(guard.host, await identify(guard.host, step), step.newPath);
  }
}

async function identify<File extends HostFile>(
  host: DiskHost<File>,
  { path, identity, adoptionId }: PlannedChange,
): Promise<IdentifiedDisk<File>> {
  if (identity === undefined) {
    return host.identify(path);
  }
  const disk = await identifyRecorded(host, { path, identity });
  assertNotTakenOver(disk, await host.readNotes(disk), { adoptionId });
  return disk;
}

async function rehearseGrowth<File extends HostFile>(
  guard: Guard<File>,
  disk: IdentifiedDisk<File>,
  sizeBytes: number,
): Promise<void> {
  const present = await guard.host.describe(disk.path);
  if (present.sizeBytes !== sizeBytes) {
    const notes = await guard.host.readNotes(disk);
    await assertMayGrow(guard, { disk, notes, present }, sizeBytes);
  }
}

/** A move keeps to its volume, and a child is recorded again at its parent. */
async function rehearseMove(
  host: DiskHost,
  { path }: IdentifiedDisk,
  newPath: string,
): Promise<void> {
  const [place, newPlace] = await Promise.all([
    host.examinePlace(path),
    host.examinePlace(newPath),
  ]);
  const { volumeId } = place;
  const isOther = newPlace.volumeId !== undefined && newPlace.volumeId !== volumeId;
  if (volumeId !== undefined && isOther) {
    throw createOtherVolumeError(path, newPath);
  }
  const parentPath = (await host.describe(path)).parent?.resolvedPath;
  if (parentPath !== undefined) {
    await assertRecordable(host, parentPath);
  }
}

/** Makes sure that a child can be recorded at its parent. @throws AccessDenied */
async function assertRecordable(host: DiskHost, parentPath: string): Promise<void> {
  const problem = await host.findRecordProblem(await host.identify(parentPath));
  if (problem !== undefined) {
    throw problem;
  }
}
