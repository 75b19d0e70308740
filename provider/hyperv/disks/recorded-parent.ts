import { isDiskError } from "../../disk/errors";
import type { RecordedParent } from "../../disk/host";
import { normalizePath } from "../../disk/host-path";
import { hostFailureOf } from "../service/host-failure";

/** What may be wrong with the parents of a disk: the disk itself is there, and may be sound. */
const BROKEN_CHAIN_CODES = ["ParentNotFound", "ParentMismatch", "ChainCycle"] as const;

/** Whether a host refuses to describe a disk because of its parents. */
export function isBrokenChain(error: unknown): boolean {
  return BROKEN_CHAIN_CODES.some((code) => isDiskError(error, code));
}

/**
 * What a job that failed over a broken chain says about the parent of the disk it was asked about.
 *
 * @param path of the disk
 * @returns `undefined` where it says nothing about this disk: the link that is broken may be
 *   another one of its chain
 * @see Msvm_StorageJob.Child and Parent, which may begin with `\??\`
 */
export function brokenParentOf(error: unknown, path: string): RecordedParent | undefined {
  const failure = hostFailureOf(error);
  if (failure?.childPath === undefined || failure.parentPath === undefined) {
    return undefined;
  }
  const [child, parent] = [failure.childPath, failure.parentPath].map((each) =>
    normalizePath("win32", each),
  );
  const isThis = child?.toUpperCase() === normalizePath("win32", path).toUpperCase();
  return isThis && parent !== undefined ? { linkageIds: [], paths: [parent] } : undefined;
}
