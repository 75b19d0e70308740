import type { DiskErrorCode } from "../../../disk/errors";
import {
  WBEM_E_ACCESS_DENIED,
  WBEM_E_INVALID_CLASS,
  WBEM_E_INVALID_METHOD,
  WBEM_E_INVALID_NAMESPACE,
  WBEM_E_INVALID_PARAMETER,
  WBEM_E_NOT_FOUND,
  WBEM_E_NOT_SUPPORTED,
} from "../../cim/wbem-codes";
import type { CodeMeaning } from "./code-meaning";

function meaning(code: DiskErrorCode, what: string, remedy: string): CodeMeaning {
  return { code, what, remedy };
}

const CHECK_PATH = "Check the path and that its volume is online.";
const GIVE_ACCESS =
  "Use an elevated session of an account in the group Hyper-V Administrators that may open the " +
  "file. A path on a share also needs delegation, because the host opens it on behalf of the " +
  "account.";
const CHECK_LOGON =
  "Check user name, password and the right to log on, on the host and on the file server.";
const NEEDS_ROLE =
  "Check that the Hyper-V role is installed on the host and that its version supports this " +
  "operation.";
const NOT_REACHED =
  "Check the name of the host and its firewall, and that its services are running, then try again.";

/** Another handle on the file excludes ours. */
export const HRESULT_SHARING_VIOLATION = 0x80070020;
/** Another handle has locked the part of the file that is wanted. */
export const HRESULT_LOCK_VIOLATION = 0x80070021;

/**
 * HRESULTs of Windows itself and of WMI that a disk operation meets.
 *
 * @see winerror.h (facilities 7 and 1), wbemcli.h (WBEM_E_*)
 */
export const SYSTEM_HRESULTS: Readonly<Record<number, CodeMeaning>> = {
  0x80004001: meaning("NotSupported", "the host does not implement this", NEEDS_ROLE),
  0x8007000e: meaning(
    "Unavailable",
    "the host is out of memory",
    "Free up memory on the host, then try again.",
  ),
  0x80070002: meaning("NotFound", "the host cannot find the file", CHECK_PATH),
  0x80070003: meaning("NotFound", "the host cannot find the folder", CHECK_PATH),
  0x80070005: meaning("AccessDenied", "the host denies access", GIVE_ACCESS),
  0x80070013: meaning("AccessDenied", "the medium is write-protected", "Choose a writable volume."),
  0x80070015: meaning(
    "Unavailable",
    "the volume is not ready",
    "Bring the volume online, then try again.",
  ),
  [HRESULT_SHARING_VIOLATION]: meaning(
    "InUse",
    "another process uses the file",
    "Detach the disk or stop what uses it, then try again.",
  ),
  [HRESULT_LOCK_VIOLATION]: meaning(
    "InUse",
    "another process has locked a part of the file",
    "Detach the disk or stop what uses it, then try again.",
  ),
  0x80070032: meaning("NotSupported", "the host does not support this request", NEEDS_ROLE),
  0x80070035: meaning("HostUnreachable", "the network path is not found", NOT_REACHED),
  0x80070050: meaning(
    "AlreadyExists",
    "there is a file at the path",
    "Nothing was overwritten. Choose another path, move the file away, or take it over with " +
      "adopt: true.",
  ),
  0x80070057: meaning(
    "InvalidInput",
    "the host refuses a parameter",
    "Check paths, extension, size and block size against what the version of the host supports.",
  ),
  0x80070070: meaning(
    "IoFailed",
    "the volume is full",
    "Free up space or choose another volume, then try again.",
  ),
  0x8007007b: meaning(
    "InvalidInput",
    "the path is not valid on the host",
    "Write a full path such as C:\\disks\\a.vhdx.",
  ),
  0x800700b7: meaning(
    "AlreadyExists",
    "there is a file at the path",
    "Nothing was overwritten. Choose another path, move the file away, or take it over with " +
      "adopt: true.",
  ),
  0x80070299: meaning(
    "NotSupported",
    "the file system cannot hold the file",
    "Choose an NTFS or ReFS volume; FAT and exFAT are not supported.",
  ),
  0x8007045d: meaning(
    "IoFailed",
    "the storage failed",
    "Check the storage of the host, then try again.",
  ),
  0x8007052e: meaning("AccessDenied", "the logon failed", CHECK_LOGON),
  0x8007052f: meaning(
    "AccessDenied",
    "a restriction of the account prevents the logon",
    CHECK_LOGON,
  ),
  0x80070569: meaning(
    "AccessDenied",
    "the account lacks the right for this kind of logon",
    CHECK_LOGON,
  ),
  0x80070570: meaning(
    "CorruptImage",
    "the file is damaged",
    "Nothing was changed. Restore the file from a backup or an intact copy.",
  ),
  0x800705b4: meaning(
    "Timeout",
    "the host timed out",
    "Check the load of the host, then try again.",
  ),
  0x800706ba: meaning("HostUnreachable", "the host does not answer", NOT_REACHED),
  0x800706be: meaning("SessionDropped", "the connection to the host was lost", NOT_REACHED),
  0x800706bf: meaning("SessionDropped", "the connection to the host was lost", NOT_REACHED),
  0x80041001: meaning(
    "Unavailable",
    "the host failed without giving a reason",
    "Check the event logs of the host, then try again.",
  ),
  [WBEM_E_NOT_FOUND]: meaning(
    "Unavailable",
    "the host does not know the object that was asked for",
    NEEDS_ROLE,
  ),
  [WBEM_E_ACCESS_DENIED]: meaning(
    "AccessDenied",
    "the host denies access to its management interface",
    "Use an elevated session of an account in the group Hyper-V Administrators; over the network " +
      "also Remote Management Users.",
  ),
  0x80041004: meaning(
    "Unavailable",
    "a part of the host's management interface failed",
    NEEDS_ROLE,
  ),
  0x80041005: meaning(
    "Internal",
    "the host expects a value of a different type",
    "This is a bug, or a version of the host that is not supported yet. Please report it with " +
      "this message.",
  ),
  0x80041006: meaning(
    "Unavailable",
    "the host is out of memory",
    "Free up memory on the host, then try again.",
  ),
  [WBEM_E_INVALID_PARAMETER]: meaning(
    "InvalidInput",
    "the host refuses a parameter",
    "Check paths, names and ids.",
  ),
  [WBEM_E_NOT_SUPPORTED]: meaning(
    "NotSupported",
    "the host does not support this request",
    NEEDS_ROLE,
  ),
  [WBEM_E_INVALID_NAMESPACE]: meaning(
    "Unavailable",
    "the host has no such management namespace",
    NEEDS_ROLE,
  ),
  [WBEM_E_INVALID_CLASS]: meaning(
    "Unavailable",
    "the host has no such management class",
    NEEDS_ROLE,
  ),
  0x80041013: meaning(
    "Unavailable",
    "the host cannot load a part of its management interface",
    NEEDS_ROLE,
  ),
  0x80041015: meaning("SessionDropped", "the connection to the host was lost", NOT_REACHED),
  [WBEM_E_INVALID_METHOD]: meaning("NotSupported", "the host does not know the method", NEEDS_ROLE),
  0x8004102f: meaning(
    "NotSupported",
    "the host does not know a parameter of the method",
    NEEDS_ROLE,
  ),
  0x80041032: meaning(
    "Timeout",
    "the host cancelled the request",
    "Check the load of the host, then try again.",
  ),
  0x80041033: meaning("Unavailable", "the host is shutting down", "Try again when it is back."),
  0x8004103a: meaning(
    "InvalidInput",
    "the path of an object is not valid",
    "Check the name or id that was passed.",
  ),
  0x80041055: meaning("NotSupported", "the host does not know the method", NEEDS_ROLE),
};
