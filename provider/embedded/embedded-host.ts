import { randomUUID } from "node:crypto";
import { access, constants, mkdir, opendir, statfs } from "node:fs/promises";
import type { ChangeQuery, ChangeStream, CreateDiskRequest } from "../disk/backend";
import type { DiskIdentity, VirtualDiskInfo } from "../disk/disk";
import { isDiskError } from "../disk/errors";
import { DISK_FORMATS } from "../disk/formats";
import type { DiskHost, IdentifiedDisk, Place, DiskNotes } from "../disk/host";
import { fileNameOf, folderOf } from "../disk/host-path";
import { isSameDisk } from "../disk/identity";
import { unlinkIfPresent } from "./atomic-create";
import { queryImageChanges } from "./change-query";
import { DiskFiles, type DiskFilesOptions } from "./disk-files";
import { stat } from "./file-calls";
import { listImages } from "./list-images";
import { listUsers } from "./list-users";
import {
  type LocalFile,
  isAbsent,
  isSameLocalFile,
  placeKeyOf,
  resolveLinks,
  toFolderId,
} from "./local-file";
import { isBlank, measureContent } from "./measure-content";
import { toDiskError } from "./node-file";
import { isOwnId } from "./own-id";
import { LOCAL_PATH_STYLE } from "./path-style";
import { takeProcessLock } from "./process-lock";
import { finishRemoval, removeFile } from "./remove-file";
import { isOtherName, renameFile } from "./rename-file";
import { sidecarPath } from "./sidecar";
import { findTraceProblem, forgetTracedChildren, traceChildren } from "./trace";
import { appendTrace, readTrace, removeTrace } from "./trace-file";
import { makeImage, resizeImage, writeParent } from "./write-image";

/** What file systems allow for a name. */
const MAX_NAME_LENGTH_BYTES = 255;

/**
 * Makes the host that keeps disks in plain files of this machine, with this package's own engine.
 * It runs on any operating system and needs no hypervisor.
 *
 * Start reading here. disk-files.ts opens disks and chains, write-image.ts makes and changes them,
 * list-images.ts and list-users.ts see who needs or holds them, trace-file.ts remembers what files
 * cannot tell, file-calls.ts reaches the file system.
 */
export function createEmbeddedHost(options: DiskFilesOptions = {}): DiskHost<LocalFile> {
  const files = new DiskFiles(options);
  return {
    ...FILE_STEPS,
    describe: (path) => files.describe(path),
    describeChain: (path) => files.describeChain(path),
    identify: (path) => files.identify(path),
    queryChanges: (query: ChangeQuery): Promise<ChangeStream> => queryImageChanges(files, query),
    finishRemoval: (path, identity) =>
      finishRemoval(path, (privatePath) => isDiskAt(files, privatePath, identity)),
  };
}

/** What is the same whatever the files are bound to. */
const FILE_STEPS: Omit<
  DiskHost<LocalFile>,
  "describe" | "describeChain" | "identify" | "queryChanges" | "finishRemoval"
> = {
  pathStyle: LOCAL_PATH_STYLE,
  examinePlace,
  placeKey: placeKeyOf,
  lock: (key) => takeProcessLock(key, key),
  listUsers: ({ file }) => listUsers(file),
  listImages: (folder) => listImages(folder),
  measureData: measureContent,
  isBlank,
  writeParent,
  resize: resizeImage,
  make: (request: CreateDiskRequest, parent, inLock) => makeImage(request, parent, inLock),
  isSecondName: ({ path, file }, newPath) => isOtherName(path, newPath, file),
  close: () => Promise.resolve(),

  async isSameFile(path, file) {
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && isSameLocalFile(file, found);
  },

  wasMadeFor({ format, identity }: VirtualDiskInfo, owner) {
    const ownId = DISK_FORMATS[format].hasUniqueDiskId ? identity.diskId : identity.creationId;
    return ownId !== undefined && isOwnId(ownId, owner);
  },

  async readNotes({ file }): Promise<DiskNotes> {
    const trace = await readTrace(file.path);
    if (trace === undefined) {
      return { children: [] };
    }
    const { children, wasParent, adoptionId, movedFrom } = trace;
    return {
      children: [...children.values()],
      ...(wasParent ? { tracePath: sidecarPath(file.path, "trace") } : {}),
      ...(adoptionId === undefined ? {} : { adoptionId }),
      ...(movedFrom === undefined ? {} : { movedFrom }),
    };
  },

  recordChildren: ({ file }, paths) => traceChildren(file, paths),

  findRecordProblem: ({ file }) => findTraceProblem(file.path),

  async forgetChildren(parentPath, childPaths) {
    await forgetTracedChildren(await resolveLinks(parentPath), childPaths);
  },

  async makeFolder(folder) {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw toDiskError(error, "the folder cannot be created", folder);
    });
  },

  async rename(disk, newPath, whileBoth) {
    await renameFile(disk.path, newPath, disk.file, async () => {
      await whileBoth({ ...disk, path: newPath, file: { ...disk.file, path: newPath } });
    });
  },

  async findMoved(path) {
    return (await readTrace(path))?.movedTo;
  },

  async forgetMove({ movedFrom }) {
    if (movedFrom !== undefined && (await isAbsent(movedFrom))) {
      await removeTrace(movedFrom);
    }
  },

  async remove(disk) {
    await removeFile(disk.path, disk.file);
    await removeTrace(disk.file.path);
    if (disk.file.linkCount > 1n) {
      // A creation that was cut off at its last step left a second name.
      await unlinkIfPresent(sidecarPath(disk.path, "partial")).catch(() => undefined);
    }
  },

  isFolderEmpty: isEmpty,

  async markAdopted({ file }: IdentifiedDisk<LocalFile>) {
    const adopted = randomUUID();
    await appendTrace(file.path, { adopted }).catch((error: unknown) => {
      // On a volume that cannot be written to, nobody deletes the disk either.
      if (!isDiskError(error, "AccessDenied")) {
        throw error;
      }
    });
    return adopted;
  },
};

async function isDiskAt(files: DiskFiles, path: string, identity: DiskIdentity): Promise<boolean> {
  try {
    const found = await files.identify(path);
    return isSameDisk(identity, found.identity, { type: found.type });
  } catch (error) {
    if (isDiskError(error)) {
      return false;
    }
    throw error;
  }
}

async function examinePlace(path: string): Promise<Place> {
  const folder = folderOf(LOCAL_PATH_STYLE, path);
  const [found, space, key, isFree] = await Promise.all([
    stat(folder).catch(() => undefined),
    statfs(folder, { bigint: true }).catch(() => undefined),
    placeKeyOf(path),
    isAbsent(path),
  ]);
  const hasFolder = found?.isDirectory() === true;
  return {
    key,
    folder,
    hasFolder,
    ...(hasFolder
      ? {
          folderId: toFolderId(found),
          volumeId: String(found.dev),
          isWritable: await isWritable(folder),
        }
      : {}),
    isTaken: !isFree,
    isNameTooLong: Buffer.byteLength(fileNameOf(path)) > MAX_NAME_LENGTH_BYTES,
    ...(space === undefined ? {} : { freeBytes: Number(space.bavail * space.bsize) }),
  };
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isEmpty(folder: string): Promise<boolean> {
  const entries = await opendir(folder).catch(() => undefined);
  if (entries === undefined) {
    return false;
  }
  try {
    return (await entries.read()) === null;
  } finally {
    await entries.close();
  }
}
