import { DiskError } from "../../disk/errors";
import type { BridgeEnd } from "./bridge-process";
import { createInterruptedError } from "../cim/cim-failure";
import type { BridgeOperation } from "./bridge-protocol";
import type { ShellLaunch } from "./transports";

/** What the errors of a session tell about its host. */
export type HostDescription = Pick<ShellLaunch, "hostName" | "remedy">;

/**
 * The session could not be had: nothing was sent to the host.
 *
 * @param end why
 */
export function createUnreachableError(host: HostDescription, end: BridgeEnd): DiskError {
  if (end.withoutCim === true) {
    return new DiskError("NotSupported", {
      what: end.what,
      subject: host.hostName,
      remedy:
        "CIM is available only on Windows: set vhd:transport to ssh to reach a Hyper-V host from " +
        "another system.",
    });
  }
  if (end.languageMode !== undefined) {
    return new DiskError("NotSupported", {
      what: `${end.what}, in which scripts cannot query the host`,
      subject: host.hostName,
      remedy:
        "Application control (AppLocker, App Control for Business or the variable " +
        "__PSLockdownPolicy) restricts the account: exempt it where PowerShell runs, or set " +
        "vhd:transport to winrm on a Windows machine where PowerShell is not restricted.",
    });
  }
  return new DiskError("HostUnreachable", {
    what: `no session with the Hyper-V host: ${end.what}`,
    subject: host.hostName,
    facts: { ...describeEnd(end), "host message": end.failure?.message.trim() },
    remedy: host.remedy,
    cause: end.failure ?? end.error,
  });
}

/** The session ended while the host had the request. */
export function createDroppedError(
  host: HostDescription,
  end: BridgeEnd,
  call: CallDescription,
): DiskError {
  const details = {
    what: `the session with the Hyper-V host was lost: ${end.what}`,
    subject: host.hostName,
    facts: { request: describeOperation(call.operation), ...describeEnd(end) },
    remedy: "Run the command again.",
    cause: end.error,
  };
  return createInterruptedError("SessionDropped", details, !call.readOnly);
}

/** The host had the request for as long as it may. */
export function createTimeoutError(
  host: HostDescription,
  call: CallDescription & { timeoutMs: number },
): DiskError {
  const details = {
    what: "the Hyper-V host did not answer in time",
    subject: host.hostName,
    facts: { request: describeOperation(call.operation), "limit in ms": call.timeoutMs },
    remedy: "Check the load of the host, then run the command again.",
  };
  return createInterruptedError("Timeout", details, !call.readOnly);
}

/** The host answered, but not what was asked. */
export function createUnreadableError(
  host: HostDescription,
  call: CallDescription,
  cause: unknown,
): DiskError {
  const details = {
    what: "the Hyper-V host returned something unreadable",
    subject: host.hostName,
    facts: { request: describeOperation(call.operation) },
    remedy: "Report this together with the PowerShell version of the host.",
    cause,
  };
  return createInterruptedError("SessionDropped", details, !call.readOnly);
}

/**
 * Nobody waits for the request any more.
 *
 * @param what why, as a clause
 * @param wasSent whether the host has it
 */
export function createCancelledError(
  host: HostDescription,
  call: CallDescription,
  what: string,
  wasSent: boolean,
): DiskError {
  const details = {
    what,
    subject: host.hostName,
    facts: { request: describeOperation(call.operation) },
    remedy: "Run the command again.",
  };
  return createInterruptedError("SessionDropped", details, wasSent && !call.readOnly);
}

/** What was asked, and whether asking changes anything. */
export interface CallDescription {
  readonly operation: BridgeOperation;
  readonly readOnly: boolean;
}

/** Names a request in messages, without any of its values. */
export function describeOperation(operation: BridgeOperation): string {
  switch (operation.operation) {
    case "get":
    case "class":
      return `${operation.operation} ${operation.target.className}`;
    case "query":
      return `query ${operation.query.className}`;
    case "associated":
      return `${operation.query.resultClassName} of ${operation.query.source.className}`;
    case "invoke":
      return `${operation.call.target.className}.${operation.call.method}`;
    case "connect":
      return "connect";
  }
}

function describeEnd(end: BridgeEnd): Record<string, string | number | undefined> {
  return {
    "exit code": end.exitCode,
    signal: end.signal,
    error: end.error?.message,
    "last output": end.lastOutput,
  };
}
