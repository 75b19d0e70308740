import type { DiskIdentity, ParentLink, VirtualDiskInfo } from "../../disk/disk";
import { DiskError, type DiskErrorCode, isDiskError } from "../../disk/errors";
import { DISK_FORMATS } from "../../disk/formats";
import { folderOf, normalizePath } from "../../disk/host-path";
import type { HostDisks } from "./host-disks";
import { type SeenFile, isDrivePath } from "./host-files";
import type { DiskSettings } from "../service/setting-data";

/**
 * What the host says about a disk: its image service and its file system, both asked at the same
 * moment.
 */
export interface ObservedDisk {
  readonly settings: DiskSettings;
  /** Absent for paths without a drive letter. */
  readonly file: SeenFile | undefined;
}

/** What each of the two said about one disk. */
export interface HostAnswers {
  readonly settings: PromiseSettledResult<DiskSettings>;
  /** Absent where there is no such file to be seen, and for paths without a drive letter. */
  readonly file: SeenFile | undefined;
}

/**
 * What may be wrong with the content of a disk or of its parents: the file is there all the same.
 */
const CONTENT_CODES: ReadonlySet<DiskErrorCode> = new Set([
  "CorruptImage",
  "UnsupportedImage",
  "ParentNotFound",
  "ParentMismatch",
  "ChainCycle",
]);

/**
 * Reads what the host says about one disk.
 *
 * @throws NotFound only when image service and file system both miss the file and its folder is
 *   there; Unavailable when they contradict each other; else what the host's numbers mean
 */
export async function observeDisk(disks: HostDisks, path: string): Promise<ObservedDisk> {
  const { settings, file } = await askBoth(disks, path);
  if (settings.status === "rejected") {
    throw await explainAbsence(disks, path, settings.reason, file);
  }
  const observed = { settings: settings.value, file };
  disks.recent.remember(path, observed);
  return observed;
}

/**
 * Puts together what is told about a disk.
 *
 * @param isChainSound whether the host has verified the disk's parents
 * @throws UnsupportedImage for a VHD set
 */
export async function describeDisk(
  disks: HostDisks,
  observed: ObservedDisk,
  isChainSound: boolean,
): Promise<VirtualDiskInfo> {
  const { settings, file } = observed;
  if (settings.format === "vhdset") {
    throw new DiskError("UnsupportedImage", {
      what: "this is a VHD set, for which only changes can be queried",
      subject: settings.path,
      remedy: "Use one of its .avhdx files, or query its changes since a snapshot.",
    });
  }
  const parent = parentOf(settings, isChainSound);
  return {
    path: settings.path,
    format: settings.format,
    type: settings.type,
    sizeBytes: settings.sizeBytes,
    fileSizeBytes: file?.sizeBytes ?? (await readFileSize(disks, settings.path)),
    blockSizeBytes: settings.blockSizeBytes,
    logicalSectorSizeBytes: settings.logicalSectorSizeBytes,
    physicalSectorSizeBytes: settings.physicalSectorSizeBytes,
    identity: { ...identityOf(settings, file), format: settings.format },
    ...linkageOf(settings),
    ...(parent === undefined ? {} : { parent }),
  };
}

/** Whether an error is about the content of a disk or its parents, not about the host. */
export function isContentError(error: unknown): error is DiskError {
  return isDiskError(error) && CONTENT_CODES.has(error.code);
}

/** Asks image service and file system about one disk, at the same moment. */
export function askBoth(disks: HostDisks, path: string): Promise<HostAnswers> {
  return disks.looks.share(path, () => look(disks, path));
}

async function look(disks: HostDisks, path: string): Promise<HostAnswers> {
  const service = await disks.openService();
  const [[settings], file] = await Promise.all([
    Promise.allSettled([service.getVirtualHardDiskSettingData(path)]),
    isDrivePath(path) ? disks.files.find(path) : Promise.resolve(undefined),
  ]);
  return { settings, file };
}

/** Turns the host's "not found" into a proof or into the admission that there is none. */
export async function explainAbsence(
  disks: HostDisks,
  path: string,
  error: unknown,
  file: SeenFile | undefined,
): Promise<unknown> {
  if (!isDiskError(error, "NotFound")) {
    return error;
  }
  if (file !== undefined) {
    return contradiction(
      path,
      "its file system finds the disk, but its image service does not",
      error,
    );
  }
  const folder = folderOf("win32", path);
  if (!isDrivePath(path) || !(await disks.files.hasFolder(folder))) {
    return new DiskError("Unavailable", {
      what:
        "the folder of the disk cannot be read, so it cannot be determined whether the disk is " +
        "there",
      subject: path,
      facts: { folder },
      remedy:
        "Bring its volume or share online. If you removed the folder on purpose, create it again " +
        "and leave it empty.",
      cause: error,
    });
  }
  return new DiskError("NotFound", {
    what: "there is no disk at this path",
    subject: path,
    remedy: "Check the path.",
    cause: error,
  });
}

/** The error for a host whose parts disagree. @param what in which way */
export function contradiction(path: string, what: string, cause?: unknown): DiskError {
  return new DiskError("Unavailable", {
    what: `the host contradicts itself: ${what}`,
    subject: path,
    remedy: "Check that the account may read the file and its folder, then try again.",
    cause,
  });
}

/** What the host knows a disk by. */
export function identityOf(
  settings: DiskSettings | undefined,
  file: SeenFile | undefined,
): Omit<DiskIdentity, "format"> {
  return {
    ...(settings?.diskId === undefined ? {} : { diskId: settings.diskId }),
    ...(file?.fileId === undefined ? {} : { fileId: file.fileId }),
  };
}

/**
 * Children record the unique id of a disk where the format has one. What else they record is not
 * shown by any host.
 */
export function linkageOf({ format, diskId }: DiskSettings): { linkageId?: string } {
  const hasUniqueId = format !== "vhdset" && DISK_FORMATS[format].hasUniqueDiskId;
  return hasUniqueId && diskId !== undefined ? { linkageId: diskId } : {};
}

function parentOf(settings: DiskSettings, isChainSound: boolean): ParentLink | undefined {
  if (settings.type !== "differencing") {
    return undefined;
  }
  const path = settings.parentPath === undefined ? "" : normalizePath("win32", settings.parentPath);
  return {
    linkageIds: settings.parentId === undefined ? [] : [settings.parentId],
    paths: [{ kind: "absolute", path }],
    ...(isChainSound && path !== "" ? { resolvedPath: path } : {}),
  };
}

async function readFileSize(disks: HostDisks, path: string): Promise<number> {
  const service = await disks.openService();
  return (await service.getVirtualHardDiskState(path)).fileSizeBytes;
}
