import { DiskError, isDiskError } from "../../disk/errors";
import type { IdentifiedDisk } from "../../disk/host";
import { fileNameOf, folderOf, formatOfPath, isSamePath, pathKey } from "../../disk/host-path";
import { describeSettings } from "../service/machine-disks";
import type { DiskSettings } from "../service/setting-data";
import type { HostDisks } from "./host-disks";
import { isDrivePath } from "./host-files";
import type { HypervFile } from "./identify-disk";
import { brokenParentOf, isBrokenChain } from "./recorded-parent";

/**
 * Lists the disks of machines that may be children of a disk, wherever they are: a machine's own
 * disk is nearly always in another folder than the golden image it was made over.
 *
 * @returns full paths
 * @throws where it cannot be determined whether a disk of a machine is a child
 */
export async function listMachineChildren(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
): Promise<readonly string[]> {
  const all = await disks.listMachineDisks();
  const byKey = new Map(all.map((each) => [pathKey("win32", each.path), each]));
  const others = [...byKey.values()].filter(
    ({ path }) => formatOfPath(path) === disk.format && !isSamePath("win32", path, disk.path),
  );
  const found = await Promise.all(
    others.map(async ({ path, settingsId }) => {
      const parentPath = await readParentPath(disks, path, settingsId, disk.path);
      return parentPath !== undefined && hasSameName(parentPath, disk.path) ? path : undefined;
    }),
  );
  return found.filter((path) => path !== undefined);
}

/** A child records its parent by name, whatever the way to it. */
function hasSameName(path: string, otherPath: string): boolean {
  return fileNameOf(path).toUpperCase() === fileNameOf(otherPath).toUpperCase();
}

async function readParentPath(
  disks: HostDisks,
  path: string,
  settingsId: string,
  wanted: string,
): Promise<string | undefined> {
  const service = await disks.openService();
  let settings: DiskSettings;
  try {
    settings = await service.getVirtualHardDiskSettingData(path);
  } catch (error) {
    if (!isDiskError(error)) {
      throw error;
    }
    if (await isIrrelevant(disks, path, error)) {
      return undefined;
    }
    const parent = isBrokenChain(error) ? brokenParentOf(error, path) : undefined;
    if (parent !== undefined) {
      return parent.paths[0];
    }
    throw new DiskError(error.code, {
      what:
        `it cannot be determined whether this disk of a machine is a child of ` +
        `${wanted}: ${error.details.what}`,
      subject: path,
      facts: { "used by": await describeSettings(disks.host, service.namespace, settingsId) },
      remedy:
        "Nothing was changed. Bring the volume of the disk online, or remove the disk from the " +
        "machine if it is gone for good.",
      cause: error,
    });
  }
  return settings.type === "differencing" ? settings.parentPath : undefined;
}

/**
 * A disk that is damaged or gone depends on nothing. One on a share that this account cannot open
 * is passed over: without delegation none of them can be, and the machines of a host that keeps
 * them all on shares would stop every deletion.
 */
async function isIrrelevant(disks: HostDisks, path: string, error: DiskError): Promise<boolean> {
  if (
    isDiskError(error, "CorruptImage") ||
    isDiskError(error, "UnsupportedImage") ||
    !isDrivePath(path)
  ) {
    return true;
  }
  if (!isDiskError(error, "NotFound")) {
    return false;
  }
  return disks.files.hasFolder(folderOf("win32", path));
}
