import { constants } from "node:fs";
import { access, lstat, stat, statfs } from "node:fs/promises";
import type { Place } from "../disk/host";
import { folderOf, pathKey } from "../disk/host-path";
import { LOCAL_PATH_STYLE, localHost } from "./disk-files";

/** Tells what can be seen at a path before a disk is made there. */
export async function examinePlace(path: string): Promise<Place> {
  const folder = folderOf(LOCAL_PATH_STYLE, path);
  const hasFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const space = await statfs(folder, { bigint: true }).catch(() => undefined);
  return {
    key: pathKey(LOCAL_PATH_STYLE, path),
    folder,
    hasFolder,
    isTaken: await succeeds(lstat(path)),
    ...(hasFolder ? { isWritable: await succeeds(access(folder, constants.W_OK | constants.X_OK)) } : {}),
    ...(space === undefined ? {} : { freeBytes: Number(space.bavail * space.bsize) }),
  };
}

/**
 * Tells how many bytes of content an image itself holds.
 *
 * @throws the codes of `openImage`
 */
export async function measureData(path: string): Promise<number> {
  const image = await localHost.openImage(path);
  try {
    let totalBytes = 0;
    for await (const extents of image.readExtents(0, image.properties.sizeBytes)) {
      for (const extent of extents) {
        totalBytes += extent.kind === "data" ? extent.lengthBytes : 0;
      }
    }
    return totalBytes;
  } finally {
    await image.close();
  }
}

async function succeeds(action: Promise<unknown>): Promise<boolean> {
  return action.then(
    () => true,
    () => false,
  );
}
