import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { relativeParentPath } from "../../provider/disk/host-path";
import { openNodeFile } from "../../provider/embedded/node-file";
import { MIB } from "../../provider/image/bytes";
import type { CreateImageRequest } from "../../provider/image/driver";
import { createVhd } from "../../provider/image/vhd/create";
import { openVhd } from "../../provider/image/vhd/open";
import { readAllContent } from "./image-content";
import { writeVhdContent } from "./vhd-writer";

/** No CHS geometry has this size, and the last block is not full. */
export const VHD_SIZE_BYTES = 5 * MIB + 512;

/** Content of one value at a place. */
export type Write = readonly [offsetBytes: number, lengthBytes: number, value: number];

/** Makes a disk with content, and its folder. */
export async function createVhdFile(
  path: string,
  request: CreateImageRequest,
  ...writes: readonly Write[]
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const file = await openNodeFile(path, "create");
  await createVhd(file, request);
  for (const [offsetBytes, lengthBytes, value] of writes) {
    await writeVhdContent(file, offsetBytes, new Uint8Array(lengthBytes).fill(value));
  }
  await file.close();
}

/** A child of the disk at a path. */
export async function createVhdChild(
  path: string,
  parentPath: string,
  ...writes: readonly Write[]
): Promise<void> {
  const parent = await openVhd(await openNodeFile(parentPath, "read"));
  await parent.close();
  const { sizeBytes, linkageId, diskId } = parent.properties;
  const relativePath = relativeParentPath("posix", path, parentPath);
  const request = { linkageId, diskId, absolutePath: parentPath, relativePath };
  await createVhdFile(path, { type: "differencing", sizeBytes, parent: request }, ...writes);
}

/** The content of a chain as this package reads it. @param paths the leaf first, the base last */
export async function readVhdFiles(...paths: readonly string[]): Promise<Uint8Array> {
  const images = await Promise.all(
    paths.map(async (path) => openVhd(await openNodeFile(path, "read"))),
  );
  const content = await readAllContent(...images);
  await Promise.all(images.map((image) => image.close()));
  return content;
}

/** Content at both ends of a base and across two of its blocks. */
export const BASE_WRITES: readonly Write[] = [
  [0, 4096, 1],
  [2 * MIB - 512, 1024, 2],
  [VHD_SIZE_BYTES - 512, 512, 3],
];
