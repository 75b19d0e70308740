import type { DiskErrorCode } from "../../../disk/errors";
import type { CodeMeaning } from "./code-meaning";

const RESTORE = "Nothing was changed. Restore the file from a backup or an intact copy.";
const FULL_COPY =
  "Make a full copy of the disk, then take a new reference point as the next baseline.";
const RECREATE_CHILD =
  "Restore the parent as it was when the child was created, or create the child again.";

function meaning(code: DiskErrorCode, what: string, remedy: string): CodeMeaning {
  return { code, what, remedy };
}

/**
 * HRESULTs of the virtual disk service: facility 0x3A.
 *
 * @see winerror.h, ERROR_VHD_* and ERROR_CTLOG_*
 */
export const VIRTUAL_DISK_HRESULTS: Readonly<Record<number, CodeMeaning>> = {
  0xc03a0001: meaning("CorruptImage", "the footer of the VHD is missing", RESTORE),
  0xc03a0002: meaning("CorruptImage", "the footer of the VHD has a wrong checksum", RESTORE),
  0xc03a0003: meaning("CorruptImage", "the footer of the VHD is damaged", RESTORE),
  0xc03a0004: meaning(
    "UnsupportedImage",
    "the host does not know the format of the file",
    "Check that the extension of the file matches its content.",
  ),
  0xc03a0005: meaning(
    "UnsupportedImage",
    "the host does not support this version of the format",
    "Use the host that created the file, or a newer one.",
  ),
  0xc03a0006: meaning("CorruptImage", "the header of the dynamic disk is missing", RESTORE),
  0xc03a0007: meaning(
    "CorruptImage",
    "the header of the dynamic disk has a wrong checksum",
    RESTORE,
  ),
  0xc03a0008: meaning("CorruptImage", "the header of the dynamic disk is damaged", RESTORE),
  0xc03a0009: meaning(
    "IoFailed",
    "the host cannot allocate a block of the disk",
    "Free up space on the volume, then try again.",
  ),
  0xc03a000a: meaning("CorruptImage", "the block allocation table is damaged", RESTORE),
  0xc03a000b: meaning(
    "InvalidInput",
    "the host refuses the block size",
    "Use 512 KiB or 2 MiB for a VHD, a power of two from 1 MiB to 256 MiB for a VHDX, or leave " +
      "it out.",
  ),
  0xc03a000c: meaning("CorruptImage", "the bitmap of a block does not match its block", RESTORE),
  0xc03a000d: meaning(
    "ParentNotFound",
    "the parent cannot be found",
    "Put the parent back where it was, or set parentPath to where it is now.",
  ),
  0xc03a000e: meaning(
    "ParentMismatch",
    "the parent is a different disk, or has been written to since the child was created",
    RECREATE_CHILD,
  ),
  0xc03a000f: meaning(
    "ParentMismatch",
    "the parent has been written to since the child was created (its time stamp differs)",
    RECREATE_CHILD,
  ),
  0xc03a0010: meaning(
    "IoFailed",
    "the host cannot read the metadata of the disk",
    "Check the storage of the host.",
  ),
  0xc03a0011: meaning(
    "IoFailed",
    "the host cannot write the metadata of the disk",
    "Check the storage of the host.",
  ),
  0xc03a0012: meaning(
    "OutOfRange",
    "the size of the disk is not valid, or its parent was resized",
    "Use a multiple of the sector size within the limits of the format.",
  ),
  0xc03a0013: meaning(
    "CorruptImage",
    "the file does not have the size that its format requires",
    RESTORE,
  ),
  0xc03a0014: meaning(
    "UnsupportedImage",
    "the host has no support for files of this kind",
    "Check that the extension is .vhd or .vhdx and matches the content of the file.",
  ),
  0xc03a0015: meaning(
    "UnsupportedImage",
    "the file is not a virtual disk",
    "Check that the extension is .vhd or .vhdx and matches the content of the file.",
  ),
  0xc03a0016: meaning(
    "AccessDenied",
    "the host has no access to the parent",
    "Give the account and the host's computer account access to the parent; over a share, allow " +
      "delegation.",
  ),
  0xc03a0017: meaning(
    "ParentMismatch",
    "the parent has a different size than the child: it was resized",
    RECREATE_CHILD,
  ),
  0xc03a0018: meaning(
    "ChainCycle",
    "the chain of parents leads back to a disk that is already part of it",
    "Give one of its disks another parent.",
  ),
  0xc03a0019: meaning(
    "ParentNotFound",
    "a parent further up the chain cannot be opened",
    "Read the chain of the parent to see which one, and repair it.",
  ),
  0xc03a001a: meaning(
    "UnsupportedImage",
    "the file is compressed, encrypted, sparse or has integrity streams, which the host does not " +
      "support for disks",
    "Remove that attribute from the file and its folder.",
  ),
  0xc03a001b: meaning(
    "NotSupported",
    "the type of the disk does not allow this operation",
    "Check that the disk is differencing, dynamic or fixed as the operation needs.",
  ),
  0xc03a001c: meaning(
    "InUse",
    "the state of the disk does not allow this operation",
    "Detach the disk or stop the machine that uses it, then try again.",
  ),
  0xc03a001d: meaning(
    "UnsupportedImage",
    "the host does not support the physical sector size of the disk",
    "Use 512 or 4096 bytes, the same for parent and child.",
  ),
  0xc03a001e: meaning(
    "InUse",
    "the disk belongs to another owner",
    "Release it there, then try again.",
  ),
  0xc03a001f: meaning(
    "InUse",
    "the disk is online and writable",
    "Detach it or take it offline, then try again.",
  ),
  0xc03a0020: meaning(
    "TrackingDisabled",
    "change tracking was never started for the disk",
    "Take a reference point of the machine that uses the disk; it starts tracking.",
  ),
  0xc03a0021: meaning(
    "StaleLimitId",
    "the log of changes exceeded its limit and is lost",
    FULL_COPY,
  ),
  0xc03a0022: meaning("StaleLimitId", "the disk was changed while nothing tracked it", FULL_COPY),
  0xc03a0023: meaning("StaleLimitId", "the state of change tracking is not valid", FULL_COPY),
  0xc03a0024: meaning(
    "StaleLimitId",
    "the files of change tracking do not match the disk",
    FULL_COPY,
  ),
  0xc03a0025: meaning(
    "OutOfRange",
    "the new size would truncate data",
    "Use at least the current size.",
  ),
  0xc03a0026: meaning(
    "NotSupported",
    "the host cannot determine the smallest size of the disk",
    "Use at least the current size.",
  ),
  0xc03a0027: meaning(
    "OutOfRange",
    "the disk already has its smallest size",
    "Use at least the current size.",
  ),
  0xc03a0028: meaning(
    "IoFailed",
    "there is no room left for metadata in the disk",
    "Convert the disk into a new file, which has room again.",
  ),
  0xc03a0029: meaning(
    "InvalidInput",
    "the host does not know the limit id",
    "Use the id of a reference point of this disk. If it is lost, make a full copy and take a " +
      "new one.",
  ),
  0xc03a002a: meaning(
    "TrackingDisabled",
    "change tracking is switched off for the disk",
    "Take a reference point of the machine that uses the disk; it starts tracking.",
  ),
  0xc03a0030: meaning(
    "StaleLimitId",
    "the host no longer has a record of the changes since the limit id",
    FULL_COPY,
  ),
};
