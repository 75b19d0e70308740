import { statfs } from "node:fs/promises";
import { DiskError } from "../disk/errors";
import { folderOf } from "../disk/host-path";
import { toDiskError } from "./node-file";
import { LOCAL_PATH_STYLE } from "./path-style";

/**
 * Makes sure that a volume can keep what a fixed disk promises: it takes its whole size sooner or
 * later, even where the file system allocates late.
 *
 * @param path the disk, in a folder that exists
 * @param neededBytes what the disk will take more than now
 * @throws IoFailed
 */
export async function assertFreeSpace(path: string, neededBytes: number): Promise<void> {
  const freeBytes = await readFreeBytes(folderOf(LOCAL_PATH_STYLE, path));
  if (BigInt(neededBytes) > freeBytes) {
    throw new DiskError("IoFailed", {
      what: "the volume does not have enough free space for a fixed disk of this size",
      subject: path,
      facts: { neededBytes, freeBytes },
      remedy:
        "Nothing was changed. Free up space, choose another volume, or make the disk dynamic.",
    });
  }
}

async function readFreeBytes(folder: string): Promise<bigint> {
  try {
    const { bavail, bsize } = await statfs(folder, { bigint: true });
    return bavail * bsize;
  } catch (error) {
    throw toDiskError(error, "the free space of the volume cannot be determined", folder);
  }
}
