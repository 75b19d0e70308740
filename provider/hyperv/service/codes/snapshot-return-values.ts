import type { CodeMeaning } from "./code-meaning";

/**
 * Return values of the services for checkpoints and reference points, which have numbers of their
 * own below 4096. Above, they have those of all Hyper-V services.
 *
 * @see Msvm_VirtualSystemSnapshotService.CreateSnapshot, ConvertToReferencePoint
 */
export const SNAPSHOT_RETURN_VALUES: Readonly<Record<number, CodeMeaning>> = {
  1: {
    code: "NotSupported",
    what: "the host does not support this operation for the machine",
    remedy:
      "Reference points need Windows Server 2016, a machine of configuration version 6.2 or " +
      "later, and VHDX disks.",
  },
  2: {
    code: "JobFailed",
    what: "the host failed without giving a reason",
    remedy: "Check the event log Microsoft-Windows-Hyper-V-VMMS-Admin on the host, then try again.",
  },
  3: {
    code: "Timeout",
    what: "the host timed out",
    remedy: "Check the load of the host, then try again.",
  },
  4: {
    code: "InvalidInput",
    what: "the host refuses a parameter",
    remedy:
      "Check that the machine is the one meant, and that its checkpoints were not removed " +
      "meanwhile.",
  },
  5: {
    code: "InUse",
    what: "the state of the machine does not allow this operation",
    remedy:
      "Wait until other backups, checkpoints or migrations of the machine have ended, then try " +
      "again.",
  },
  6: {
    code: "InvalidInput",
    what: "the host refuses the type of the checkpoint",
    remedy: "Only recovery checkpoints can become reference points; this one is of another type.",
  },
};
