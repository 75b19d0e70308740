import { z } from "zod";
import type { DiskBackend } from "../disk/backend";
import type { VirtualDiskInfo } from "../disk/disk";
import { diskPathArgument, parseArguments } from "./arguments";

/** Which disk to look at. */
export interface GetVirtualDiskArgs {
  /** The full path of a `.vhd`, `.vhdx`, `.avhd` or `.avhdx` file. */
  readonly path: string;
}

/** What can be told about one disk without opening its parents. Sizes are bytes. */
export interface GetVirtualDiskResult extends Omit<
  VirtualDiskInfo,
  "identity" | "linkageId" | "parent"
> {
  /**
   * VHD: the unique id. VHDX: the page 83 id, which a child shares with its parent. Absent where
   * the host does not tell.
   */
  readonly diskId?: string;
  /**
   * Differencing disks only: where the parent was found; where it was not, the full path the disk
   * records of it, if any.
   */
  readonly parentPath?: string;
}

/** The arguments of `getVirtualDisk`. @internal */
export const getVirtualDiskSchema = z.strictObject({ path: diskPathArgument });

/**
 * Describes one disk.
 *
 * @throws InvalidInput, and the codes of `DiskBackend.inspectDisk`
 */
export async function getVirtualDisk(
  backend: DiskBackend,
  args: GetVirtualDiskArgs,
): Promise<GetVirtualDiskResult> {
  const { path } = parseArguments("getVirtualDisk", getVirtualDiskSchema, args, backend.pathStyle);
  return toResult(await backend.inspectDisk(path));
}

/** The public description of a disk. */
export function toResult(disk: VirtualDiskInfo): GetVirtualDiskResult {
  const { identity, linkageId: _linkageId, parent, ...rest } = disk;
  const parentPath =
    parent?.resolvedPath ?? parent?.paths.find((entry) => entry.kind === "absolute")?.path;
  return {
    ...rest,
    ...(identity.diskId === undefined ? {} : { diskId: identity.diskId }),
    ...(parentPath === undefined ? {} : { parentPath }),
  };
}
