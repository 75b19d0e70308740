import type { CreateBaseRequest, CreateDifferencingRequest, CreateDiskRequest } from "../disk/backend";
import { assertFitsParent } from "../disk/rules/parent-fit";
import { DiskError, isDiskError } from "../disk/errors";
import { relativeParentPath } from "../disk/host-path";
import type { ImageProperties } from "../image/disk-image";
import { openChain } from "../image/chain";
import type { NodeFile } from "../image/node-file";
import { createVhd } from "../image/vhd/create";
import { createVhdx } from "../image/vhdx/create";
import { createAtomically } from "./atomic-create";
import { LOCAL_PATH_STYLE, assertFolderExists, localHost } from "./disk-files";
import { assertNotInUse } from "./in-use";
import { assertFreeSpace } from "./free-space";

/**
 * Makes a disk, atomically.
 *
 * @throws the codes of `DiskBackend.createDisk`
 */
export async function createImage(request: CreateDiskRequest): Promise<void> {
  if (request.type === "differencing") {
    await createDifferencingImage(request);
    return;
  }
  await assertFolderExists(request.path);
  if (request.type === "fixed") {
    await assertFreeSpace(request.path, request.sizeBytes);
  }
  await createAtomically(request.path, (file) => writeBase(file, request));
}

async function writeBase(file: NodeFile, request: CreateBaseRequest): Promise<void> {
  const { type, sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes } = request;
  if (request.format === "vhd") {
    await createVhd(file, { type, sizeBytes, ...defined({ blockSizeBytes }) });
  } else {
    const optional = defined({ blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes });
    await createVhdx(file, { type, sizeBytes, ...optional });
  }
}

async function createDifferencingImage(request: CreateDifferencingRequest): Promise<void> {
  const parent = await readParent(request.parentPath);
  assertFitsParent(request, parent);
  await createAtomically(request.path, async (file) => {
    await writeDifferencing(file, request, parent);
    await assertUnchanged(request.parentPath, parent);
  });
}

/** Proves that the parent and everything below it is sound, before anything is written. */
async function readParent(parentPath: string): Promise<ImageProperties> {
  try {
    const chain = await openChain(localHost, parentPath);
    await chain.close();
    await assertNotInUse(parentPath);
    return chain.links[0].image.properties;
  } catch (error) {
    if (!isDiskError(error, "NotFound")) {
      throw error;
    }
    throw new DiskError("ParentNotFound", {
      what: "there is no parent disk at this path",
      subject: parentPath,
      remedy: "Nothing was written. Correct parentPath, or create the parent first (parentPath: parent.path).",
      cause: error,
    });
  }
}

async function writeDifferencing(
  file: NodeFile,
  request: CreateDifferencingRequest,
  parent: ImageProperties,
): Promise<void> {
  const paths = {
    absolutePath: request.parentPath,
    ...defined({ relativePath: relativeParentPath(LOCAL_PATH_STYLE, request.path, request.parentPath) }),
  };
  const blockSize = defined({ blockSizeBytes: request.blockSizeBytes });
  const sizeBytes = request.sizeBytes ?? parent.sizeBytes;
  if (request.format === "vhd") {
    await createVhd(file, {
      type: "differencing",
      sizeBytes,
      ...blockSize,
      parent: { uniqueId: parent.linkageId, ...paths },
    });
    return;
  }
  await createVhdx(file, {
    type: "differencing",
    sizeBytes,
    ...blockSize,
    logicalSectorSizeBytes: parent.logicalSectorSizeBytes,
    physicalSectorSizeBytes: parent.physicalSectorSizeBytes,
    parent: { dataWriteId: parent.linkageId, diskId: parent.diskId, ...paths },
  });
}

/** A parent that was written to meanwhile would leave the child broken from its first day. */
async function assertUnchanged(parentPath: string, expected: ImageProperties): Promise<void> {
  const { linkageId } = await readParent(parentPath);
  if (linkageId !== expected.linkageId) {
    throw new DiskError("InUse", {
      what: "the parent was written to while its child was made",
      subject: parentPath,
      facts: { "identity before": expected.linkageId, "identity now": linkageId },
      remedy: "Nothing was written. Detach the parent, then try again.",
    });
  }
}

/** Leaves out what is undefined, as exact optional properties ask for. */
function defined<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
