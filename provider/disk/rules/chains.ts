import { DiskError } from "../errors";

/**
 * The most disks a chain may have. Hyper-V allows 50 checkpoints of a machine; a chain beyond this
 * is a loop through links of the file system or an accident.
 */
export const MAX_CHAIN_LENGTH = 256;

/**
 * The error for a chain that leads back to itself. @param chain paths, the leaf first, the repeated
 * one last
 */
export function createChainCycleError(chain: readonly string[]): DiskError {
  return new DiskError("ChainCycle", {
    what: "the chain of parents leads back to a disk that is already part of it",
    subject: chain.at(-1),
    facts: { chain: chain.join(" -> ") },
    remedy: "One of these files was replaced by a copy of another. Restore the original parent.",
  });
}

/** The error for a chain of more than {@link MAX_CHAIN_LENGTH} disks. @param path the leaf */
export function createChainTooDeepError(path: string): DiskError {
  return new DiskError("ChainTooDeep", {
    what: `the chain of parents has more than ${MAX_CHAIN_LENGTH} disks`,
    subject: path,
    remedy: "Merge some of them into their parents with the software that made them.",
  });
}
