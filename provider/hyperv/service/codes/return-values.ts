import type { CodeMeaning } from "./code-meaning";

/** Completed while the caller waited; there is no job. */
export const RETURN_COMPLETED = 0;

/**
 * The parameters are accepted and a job does the work. As good an answer as
 * {@link RETURN_COMPLETED}.
 */
export const RETURN_JOB_STARTED = 4096;

/** Failed, and the number does not tell why. */
export const RETURN_FAILED = 32768;

/** Something else holds the disk or its parent. */
export const RETURN_IN_USE = 32774;

/** The image service has no mounted disk for the path. */
export const RETURN_OBJECT_NOT_FOUND = 32789;

/**
 * What the methods of the image management service return when they fail at once.
 *
 * @see Msvm_ImageManagementService.CreateDifferencingVirtualHardDisk (32768 to 32779),
 *   ValidateVirtualHardDisk (32787), FindMountedStorageImageInstance (32789); 32791 is what
 *   SetParentVirtualHardDisk returns for a foreign parent
 */
export const RETURN_VALUES: Readonly<Record<number, CodeMeaning>> = {
  1: {
    code: "NotSupported",
    what: "the host does not support this request",
    remedy: "Update the host, or remove the option that requires it.",
  },
  [RETURN_FAILED]: {
    code: "JobFailed",
    what: "the host failed without giving a reason",
    remedy: "Check the event log Microsoft-Windows-Hyper-V-VMMS-Admin on the host.",
  },
  32769: {
    code: "AccessDenied",
    what: "the host denies access",
    remedy:
      "Use an account of the group Hyper-V Administrators in an elevated session, and give it " +
      "access to the file and its folder.",
  },
  32770: {
    code: "NotSupported",
    what: "the host does not support this operation for this disk",
    remedy: "Check the format and the type of the disk and the version of the host.",
  },
  32771: {
    code: "Unavailable",
    what: "the host does not know its own state",
    remedy: "Check that the vmms service is running on the host, then try again.",
  },
  32772: {
    code: "Timeout",
    what: "the host timed out",
    remedy: "Check the load of the host and of its storage, then try again.",
  },
  32773: {
    code: "InvalidInput",
    what: "the host refuses a parameter",
    remedy:
      "Check paths, extension, size and block size against what the version of the host supports.",
  },
  [RETURN_IN_USE]: {
    code: "InUse",
    what: "the disk or its parent is in use",
    remedy: "Detach it or stop what uses it, then try again.",
  },
  32775: {
    code: "InUse",
    what: "the disk or the service is in a state that does not allow this operation",
    remedy: "Wait until the other operations on the host have ended, then try again.",
  },
  32776: {
    code: "Internal",
    what: "the host received a value of an unexpected type",
    remedy:
      "This is a bug, or a version of the host that is not supported yet. Please report it with " +
      "this message.",
  },
  32777: {
    code: "Unavailable",
    what: "the image management service is not available",
    remedy: "Check that the vmms service is running on the host, then try again.",
  },
  32778: {
    code: "Unavailable",
    what: "the host is out of memory",
    remedy: "Free up memory on the host, then try again.",
  },
  32779: {
    code: "NotFound",
    what: "the host cannot find the file",
    remedy: "Check the path and that its volume is online.",
  },
  32787: {
    code: "ChainCycle",
    what: "the chain of parents leads back to a disk that is already part of it",
    remedy: "Give one of its disks another parent.",
  },
  [RETURN_OBJECT_NOT_FOUND]: {
    code: "Unavailable",
    what: "the host does not know the object that was asked for",
    remedy: "Try again; if it fails again, check the event log of the host.",
  },
  32791: {
    code: "ParentMismatch",
    what:
      "the parent is not the disk that the child was created over, or its content has changed " +
      "since",
    remedy: "Use the right parent, with its content unchanged, or create the child again.",
  },
};
