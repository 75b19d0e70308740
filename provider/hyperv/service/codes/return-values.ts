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
    remedy: "Update the host, or do without the option that asks for it.",
  },
  [RETURN_FAILED]: {
    code: "JobFailed",
    what: "the host failed without giving a reason",
    remedy: "Look into the event log Microsoft-Windows-Hyper-V-VMMS-Admin on the host.",
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
    remedy: "Check that the service vmms runs on the host, then try again.",
  },
  32772: {
    code: "Timeout",
    what: "the host gave up waiting",
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
    remedy: "Wait until what is under way on the host has ended, then try again.",
  },
  32776: {
    code: "Internal",
    what: "the host got a value of a type that it does not expect",
    remedy:
      "This is a bug or a version of the host that is not known yet. Please report it with this " +
      "message.",
  },
  32777: {
    code: "Unavailable",
    what: "the image management service is not available",
    remedy: "Check that the service vmms runs on the host, then try again.",
  },
  32778: {
    code: "Unavailable",
    what: "the host is out of memory",
    remedy: "Free memory on the host, then try again.",
  },
  32779: {
    code: "NotFound",
    what: "the host does not find the file",
    remedy: "Check the path and that its volume is online.",
  },
  32787: {
    code: "ChainCycle",
    what: "the chain of parents comes back to a disk that it has passed",
    remedy: "Give one of its disks another parent.",
  },
  [RETURN_OBJECT_NOT_FOUND]: {
    code: "Unavailable",
    what: "the host does not know the object that was asked for",
    remedy: "Try again; if it stays so, look into the event log of the host.",
  },
  32791: {
    code: "ParentMismatch",
    what:
      "the parent is not the disk that the child was made over, or its content was changed " +
      "since",
    remedy: "Name the right parent with unchanged content, or make the child again.",
  },
};
