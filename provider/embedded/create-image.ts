import type { CreateBaseRequest, CreateDifferencingRequest, CreateDiskRequest } from "../disk/backend";
import { assertFitsParent } from "../disk/rules/parent-fit";
import { DiskError, isDiskError } from "../disk/errors";
import { relativeParentPath } from "../disk/host-path";
import type { ImageProperties } from "../image/disk-image";
import { openChain } from "../image/chain";
import type { NodeFile } from "./node-file";
import { FORMAT_DRIVERS } from "../image/formats";
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
  const sizes = { sizeBytes, blockSizeBytes, logicalSectorSizeBytes, physicalSectorSizeBytes };
  await FORMAT_DRIVERS[request.format].create(file, { type, ...sizes });
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
  await FORMAT_DRIVERS[request.format].create(file, {
    type: "differencing",
    sizeBytes: request.sizeBytes ?? parent.sizeBytes,
    blockSizeBytes: request.blockSizeBytes,
    logicalSectorSizeBytes: parent.logicalSectorSizeBytes,
    physicalSectorSizeBytes: parent.physicalSectorSizeBytes,
    parent: {
      linkageId: parent.linkageId,
      diskId: parent.diskId,
      absolutePath: request.parentPath,
      relativePath: relativeParentPath(LOCAL_PATH_STYLE, request.path, request.parentPath),
    },
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
