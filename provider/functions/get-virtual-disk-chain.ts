import { z } from "zod";
import type { DiskBackend } from "../disk/backend";
import { diskPathArgument, parseArguments } from "./arguments";
import { type GetVirtualDiskResult, toResult } from "./get-virtual-disk";

/** Which disk's chain to read. */
export interface GetVirtualDiskChainArgs {
  /** The full path of the leaf. */
  readonly path: string;
}

/** A disk and all it depends on. */
export interface GetVirtualDiskChainResult {
  /** The path asked about. */
  readonly path: string;
  /**
   * The leaf first, the base last; one element for a disk without parent. Every link is verified.
   */
  readonly disks: readonly GetVirtualDiskResult[];
  /** The number of disks. */
  readonly length: number;
}

/** The arguments of `getVirtualDiskChain`. @internal */
export const getVirtualDiskChainSchema = z.strictObject({ path: diskPathArgument });

/**
 * Reads and verifies the chain of a disk.
 *
 * @throws InvalidInput, and the codes of `DiskBackend.readChain`
 */
export async function getVirtualDiskChain(
  backend: DiskBackend,
  args: GetVirtualDiskChainArgs,
): Promise<GetVirtualDiskChainResult> {
  const { path } = parseArguments(
    "getVirtualDiskChain",
    getVirtualDiskChainSchema,
    args,
    backend.pathStyle,
  );
  const disks = (await backend.readChain(path)).map(toResult);
  return { path, disks, length: disks.length };
}
