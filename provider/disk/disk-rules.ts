import type { CreateDifferencingRequest } from "./backend";
import type { VirtualDiskInfo } from "./disk";
import { DiskError } from "./errors";

/**
 * The rules that hold for disks on every host, and the errors for breaking them.
 */

/**
 * The most disks a chain may have. Hyper-V allows 50 checkpoints of a machine; a chain beyond this is a loop through
 * links of the file system or an accident.
 */
export const MAX_CHAIN_LENGTH = 256;

/**
 * Makes sure that a differencing disk can be made over its parent.
 *
 * @param parent what is known of the disk at `request.parentPath`
 * @throws ParentMismatch (the other format), OutOfRange (smaller than the parent, or not in whole sectors), NotSupported
 * (a VHD larger than its parent)
 */
export function assertFitsParent(
  request: CreateDifferencingRequest,
  parent: Pick<VirtualDiskInfo, "format" | "sizeBytes" | "logicalSectorSizeBytes">,
): void {
  if (parent.format !== request.format) {
    throw new DiskError("ParentMismatch", {
      what: `the parent is a ${parent.format.toUpperCase()}, and its child would be a ${request.format.toUpperCase()}`,
      subject: request.parentPath,
      facts: { child: request.path },
      remedy: `Nothing was written. Give the child the extension .${parent.format}.`,
    });
  }
  const sizeBytes = request.sizeBytes ?? parent.sizeBytes;
  const facts = { sizeBytes, "parent's sizeBytes": parent.sizeBytes, parent: request.parentPath };
  if (sizeBytes < parent.sizeBytes || sizeBytes % parent.logicalSectorSizeBytes !== 0) {
    throw new DiskError("OutOfRange", {
      what: "a differencing disk is at least as large as its parent, in whole sectors",
      subject: request.path,
      facts: { ...facts, "sector size": parent.logicalSectorSizeBytes },
      remedy: "Nothing was written. Leave sizeBytes out to take the size of the parent.",
    });
  }
  if (request.format === "vhd" && sizeBytes !== parent.sizeBytes) {
    throw new DiskError("NotSupported", {
      what: "a differencing VHD has exactly the size of its parent",
      subject: request.path,
      facts,
      remedy: "Nothing was written. Leave sizeBytes out, or use VHDX.",
    });
  }
}

/**
 * Makes sure that a disk can get another virtual size in place.
 *
 * @param disk as observed or recorded
 * @param sizeBytes the size it is to have; the present one is fine
 * @throws OutOfRange when smaller than the present size; NotSupported for a VHD
 */
export function assertCanGrow(disk: Pick<VirtualDiskInfo, "path" | "format" | "sizeBytes">, sizeBytes: number): void {
  const facts = { "present sizeBytes": disk.sizeBytes, "declared sizeBytes": sizeBytes };
  if (sizeBytes < disk.sizeBytes) {
    throw new DiskError("OutOfRange", {
      what: "a disk cannot be made smaller, since what lies at its end would be lost",
      subject: disk.path,
      facts,
      remedy: `Nothing was changed. Declare at least ${disk.sizeBytes} bytes.`,
    });
  }
  if (disk.format === "vhd" && sizeBytes > disk.sizeBytes) {
    throw new DiskError("NotSupported", {
      what: "a VHD cannot be enlarged in place",
      subject: disk.path,
      facts,
      remedy: "Nothing was changed. Use VHDX for disks that grow, or convert this one.",
    });
  }
}

/** The error for a chain that leads back to itself. @param chain paths, the leaf first, the repeated one last */
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
