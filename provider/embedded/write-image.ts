import { chmod } from "node:fs/promises";
import type { CreateDiskRequest } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { DiskError, isDiskError } from "../disk/errors";
import type { IdentifiedDisk } from "../disk/host";
import { relativeParentPath } from "../disk/host-path";
import type { CreateImageRequest, ParentPlace } from "../image/driver";
import { FORMAT_DRIVERS } from "../image/formats";
import { openImage } from "../image/open-image";
import { WrittenFile } from "../image/written-file";
import { allocateContent } from "./allocate";
import { createAtomically } from "./atomic-create";
import { LOCAL_PATH_STYLE } from "./path-style";
import { assertFreeSpace } from "./free-space";
import { rememberMade } from "./image-head";
import { type LocalFile, exchangedMeanwhile, isSameLocalFile } from "./local-file";
import { type NodeFile, openNodeFile } from "./node-file";
import { createOwnId } from "./own-id";

/**
 * Makes a disk, atomically.
 *
 * @param inLock calls its argument, which lets the disk appear under its name
 * @throws the codes of `DiskHost.make`
 */
export async function makeImage(
  request: CreateDiskRequest,
  parent: VirtualDiskInfo | undefined,
  inLock: (publish: () => Promise<void>) => Promise<void>,
): Promise<void> {
  if (request.type === "fixed") {
    await assertFreeSpace(request.path, request.sizeBytes);
  }
  await createAtomically(
    request.path,
    async (file) => {
      const written = new WrittenFile(file);
      await FORMAT_DRIVERS[request.format].create(written, toImageRequest(request, parent));
      const { properties } = await openImage(written);
      if (request.type === "fixed") {
        await allocateContent(file);
        await file.flush();
      }
      rememberMade(request.path, await file.readStats(), properties);
    },
    inLock,
  );
}

/** Records where the parent of a disk is now. @throws the codes of `DiskHost.writeParent` */
export async function writeParent(
  disk: IdentifiedDisk<LocalFile>,
  parent: VirtualDiskInfo,
): Promise<void> {
  await changeFile(disk, (file) =>
    FORMAT_DRIVERS[disk.format].setParent(file, toParentPlace(disk.path, parent)),
  );
}

/** Enlarges a disk in place. @throws the codes of `DiskHost.resize` */
export async function resizeImage(
  disk: IdentifiedDisk<LocalFile>,
  sizeBytes: number,
): Promise<void> {
  const oldSizeBytes = disk.sizeBytes ?? sizeBytes;
  if (disk.type === "fixed") {
    await assertFreeSpace(disk.path, sizeBytes - oldSizeBytes);
  }
  await changeFile(disk, async (file) => {
    await FORMAT_DRIVERS[disk.format].grow(file, sizeBytes);
    if (disk.type === "fixed") {
      await allocateContent(file, oldSizeBytes);
      await file.flush();
    }
  });
}

/** Opens the very file that was identified and changes it. */
async function changeFile(
  disk: IdentifiedDisk<LocalFile>,
  change: (file: NodeFile) => Promise<void>,
): Promise<void> {
  const file = await openForChange(disk.path);
  try {
    if (!isSameLocalFile(disk.file, await file.readStats())) {
      throw exchangedMeanwhile(disk.path);
    }
    await change(file);
  } finally {
    await file.close();
  }
}

/**
 * A parent is marked read-only; recording another place of its own parent does not touch its
 * content.
 */
async function openForChange(path: string): Promise<NodeFile> {
  try {
    return await openNodeFile(path, "read-write");
  } catch (error) {
    if (!isDiskError(error, "AccessDenied")) {
      throw error;
    }
    return openReadOnlyMarked(path, error);
  }
}

async function openReadOnlyMarked(path: string, cause: DiskError): Promise<NodeFile> {
  const file = await openNodeFile(path, "read");
  const mode = Number((await file.readStats()).mode) & 0o7777;
  await file.close();
  if ((mode & 0o222) !== 0) {
    throw cause;
  }
  await chmod(path, mode | 0o200).catch(() => {
    throw cause;
  });
  try {
    return await openNodeFile(path, "read-write");
  } finally {
    await chmod(path, mode);
  }
}

function toImageRequest(
  request: CreateDiskRequest,
  parent: VirtualDiskInfo | undefined,
): CreateImageRequest {
  const { sizeBytes, blockSizeBytes, owner } = request;
  const ownId = createOwnId(owner);
  if (request.type !== "differencing") {
    const { type, logicalSectorSizeBytes, physicalSectorSizeBytes } = request;
    return {
      type,
      sizeBytes: request.sizeBytes,
      blockSizeBytes,
      logicalSectorSizeBytes,
      physicalSectorSizeBytes,
      ownId,
    };
  }
  if (parent === undefined) {
    throw new DiskError("Internal", {
      what: "a differencing disk cannot be created without a parent",
      subject: request.path,
    });
  }
  return {
    type: "differencing",
    sizeBytes: sizeBytes ?? parent.sizeBytes,
    blockSizeBytes,
    logicalSectorSizeBytes: parent.logicalSectorSizeBytes,
    physicalSectorSizeBytes: parent.physicalSectorSizeBytes,
    ownId,
    parent: { ...toParentPlace(request.path, parent), diskId: parent.identity.diskId ?? "" },
  };
}

function toParentPlace(childPath: string, parent: VirtualDiskInfo): ParentPlace {
  return {
    linkageId: parent.linkageId ?? "",
    absolutePath: parent.path,
    relativePath: relativeParentPath(LOCAL_PATH_STYLE, childPath, parent.path),
  };
}
