import { isDiskError } from "../../disk/errors";
import type { IdentifiedDisk } from "../../disk/host";
import { fileNameOf, formatOfPath, isSamePath } from "../../disk/host-path";
import { type MachineDisk, describeSettings } from "../service/machine-disks";
import type { HostDisks } from "./host-disks";
import { type SeenFile, isDrivePath } from "./host-files";
import type { HypervFile } from "./identify-disk";

/**
 * Lists the machines that are configured with a disk, and those of which a checkpoint is, whether
 * they run or not.
 *
 * A disk that the host itself has mounted, or that a program holds open, is not listed: Windows
 * refuses each step on it, and {@link explainInUse} then says why.
 *
 * @returns one text for each, fit for a message
 * @throws what kept the host from telling
 */
export async function listMachinesUsing(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
): Promise<string[]> {
  const [service, all] = await Promise.all([disks.openService(), disks.listMachineDisks()]);
  const matches = await Promise.all(
    all.map((machineDisk) => isOfMachine(disks, disk, machineDisk)),
  );
  const settingsIds = new Set(
    all.filter((_, index) => matches[index]).map(({ settingsId }) => settingsId),
  );
  return Promise.all(
    [...settingsIds].map((id) => describeSettings(disks.host, service.namespace, id)),
  );
}

/**
 * The same file may be configured under another spelling: through a link, a volume or a share. Its
 * name stays.
 */
async function isOfMachine(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
  { path }: MachineDisk,
): Promise<boolean> {
  if (isSamePath("win32", path, disk.path)) {
    return true;
  }
  if (fileNameOf(path).toUpperCase() !== fileNameOf(disk.path).toUpperCase()) {
    return false;
  }
  return isDrivePath(path)
    ? leadsTo(disks, path, disk.file.seen)
    : mayBeSameDisk(disks, path, disk);
}

/** A path on a share may lead back to this host. Another disk id proves that it does not. */
async function mayBeSameDisk(
  disks: HostDisks,
  path: string,
  disk: IdentifiedDisk<HypervFile>,
): Promise<boolean> {
  if (formatOfPath(path) !== disk.format) {
    return false;
  }
  try {
    const { diskId } = await (await disks.openService()).getVirtualHardDiskSettingData(path);
    return (
      diskId === undefined || disk.identity.diskId === undefined || diskId === disk.identity.diskId
    );
  } catch (error) {
    if (isDiskError(error)) {
      return true;
    }
    throw error;
  }
}

/** Whether a path with a drive letter leads to a file that was seen. */
export async function leadsTo(
  disks: HostDisks,
  path: string,
  seen: SeenFile | undefined,
): Promise<boolean> {
  const found = await disks.files.find(path);
  return (
    found?.fileId !== undefined &&
    found.fileId === seen?.fileId &&
    found.sizeBytes === seen.sizeBytes
  );
}
