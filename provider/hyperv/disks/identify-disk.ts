import type { HostFile, IdentifiedDisk, RecordedParent } from "../../disk/host";
import { DiskError } from "../../disk/errors";
import { formatOfPath, normalizePath } from "../../disk/host-path";
import type { DiskSettings } from "../service/setting-data";
import type { HostDisks } from "./host-disks";
import { type SeenFile, assertDrivePath, isDrivePath } from "./host-files";
import {
  type ObservedDisk,
  askBoth,
  contradiction,
  explainAbsence,
  identityOf,
  linkageOf,
} from "./observe-disk";
import { isBrokenChain } from "./recorded-parent";

/** A file of a host, and what its file system said about it. */
export interface HypervFile extends HostFile {
  /** Absent for paths without a drive letter, where nothing but reading is possible. */
  readonly seen?: SeenFile;
}

/**
 * Reads which disk is at a path. What was seen of it just now may be used again: whatever acts on
 * the disk reads its ids once more, see {@link assertUnexchanged}.
 *
 * @throws the codes of `DiskHost.identify`
 */
export async function identifyDisk(
  disks: HostDisks,
  path: string,
): Promise<IdentifiedDisk<HypervFile>> {
  const observed = disks.recent.recall(path) ?? (await observeOrRecogniseFile(disks, path));
  const { settings, file } = observed;
  if (file === undefined && isDrivePath(path)) {
    throw contradiction(path, "its image service finds the disk, but its file system does not");
  }
  const format = settings === undefined ? formatOfPath(path) : settings.format;
  if (format === undefined || format === "vhdset") {
    throw new DiskError("UnsupportedImage", {
      what: "this is a VHD set, for which only changes can be queried",
      subject: path,
      remedy: "Use one of its .avhdx files, or query its changes since a snapshot.",
    });
  }
  return {
    path,
    format,
    identity: { ...identityOf(settings, file), format },
    ...(settings === undefined ? {} : describeSettings(settings)),
    file: { path, ...(file === undefined ? {} : { seen: file }) },
  };
}

/**
 * Makes sure, right before something is done to a disk, that the very file is at its path that was
 * identified, and holds the same disk.
 *
 * @returns the file as it is now
 * @throws InUse; NotSupported where its file cannot be proven
 */
export async function assertUnexchanged(
  disks: HostDisks,
  disk: IdentifiedDisk<HypervFile>,
): Promise<SeenFile> {
  assertDrivePath(disk.path);
  const { settings, file } = await askBoth(disks, disk.path);
  // What could not be read before, because of its parents, need not be readable now.
  if (
    settings.status === "rejected" &&
    (disk.type !== undefined || !isBrokenChain(settings.reason))
  ) {
    throw await explainAbsence(disks, disk.path, settings.reason, file);
  }
  const diskId = settings.status === "fulfilled" ? settings.value.diskId : undefined;
  const hasOtherId =
    diskId !== undefined && disk.identity.diskId !== undefined && diskId !== disk.identity.diskId;
  if (file?.fileId === undefined || file.fileId !== disk.file.seen?.fileId || hasOtherId) {
    throw new DiskError("InUse", {
      what: "a different file has just replaced the disk",
      subject: disk.path,
      facts: {
        "disk id before": disk.identity.diskId,
        "disk id now": diskId,
        "file now": file?.fileId ?? "none",
      },
      remedy:
        "Nothing was changed. Make sure that no other program replaces the file, then try again.",
    });
  }
  return file;
}

/**
 * A disk whose parents cannot be opened is recognised by its file, which some hosts describe no
 * further.
 */
async function observeOrRecogniseFile(
  disks: HostDisks,
  path: string,
): Promise<Omit<ObservedDisk, "settings"> & { readonly settings: DiskSettings | undefined }> {
  const { settings, file } = await askBoth(disks, path);
  if (settings.status === "fulfilled") {
    disks.recent.remember(path, { settings: settings.value, file });
    return { settings: settings.value, file };
  }
  if (isBrokenChain(settings.reason) && file !== undefined) {
    return { settings: undefined, file };
  }
  throw await explainAbsence(disks, path, settings.reason, file);
}

function describeSettings(
  settings: DiskSettings,
): Pick<IdentifiedDisk, "type" | "sizeBytes" | "linkageId" | "parent"> {
  const parent = recordedParentOf(settings);
  return {
    type: settings.type,
    sizeBytes: settings.sizeBytes,
    ...linkageOf(settings),
    ...(parent === undefined ? {} : { parent }),
  };
}

/** What a differencing disk records of its parent, as far as the host says. */
export function recordedParentOf(settings: DiskSettings): RecordedParent | undefined {
  if (settings.type !== "differencing") {
    return undefined;
  }
  return {
    linkageIds: settings.parentId === undefined ? [] : [settings.parentId],
    paths: settings.parentPath === undefined ? [] : [normalizePath("win32", settings.parentPath)],
  };
}
