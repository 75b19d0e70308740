import type { CodeMeaning } from "./code-meaning";

const IN_PLACE = "Nothing was changed. Look at the file on the host.";

/**
 * What the methods of `CIM_DataFile` return when they fail.
 *
 * @see CIM_DataFile.Delete, CIM_DataFile.Rename
 */
export const FILE_RETURN_VALUES: Readonly<Record<number, CodeMeaning>> = {
  2: {
    code: "AccessDenied",
    what: "the host denies access to the file",
    remedy:
      "Give the account access to the file and its folder, and check that the file is not marked " +
      "read-only.",
  },
  8: { code: "IoFailed", what: "the host failed without giving a reason", remedy: IN_PLACE },
  9: { code: "NotFound", what: "the host cannot find the file", remedy: "Check the path." },
  10: {
    code: "AlreadyExists",
    what: "there is a file at the new path",
    remedy: "Nothing was overwritten. Choose another path, or move that file away.",
  },
  11: { code: "NotSupported", what: "the file system is not NTFS", remedy: "Use an NTFS volume." },
  12: { code: "NotSupported", what: "the platform does not support this", remedy: IN_PLACE },
  13: {
    code: "NotSupported",
    what: "the new path is on another volume",
    remedy: "Choose a path on the same volume, or replace the disk by one there.",
  },
  14: { code: "IoFailed", what: "the path is a folder that is not empty", remedy: IN_PLACE },
  15: {
    code: "InUse",
    what: "another process uses the file",
    remedy: "Detach the disk or stop the machine that uses it, then try again.",
  },
  16: {
    code: "InvalidInput",
    what: "the host refuses the path",
    remedy: "Write a full path such as C:\\disks\\a.vhdx.",
  },
  17: {
    code: "AccessDenied",
    what: "the account lacks a privilege that this needs",
    remedy: "Use an elevated session of an account that may change the file.",
  },
  21: {
    code: "InvalidInput",
    what: "the host refuses the path",
    remedy: "Write a full path such as C:\\disks\\a.vhdx.",
  },
};
