import { type DiskErrorCode, isDiskError } from "../../../provider/disk/errors";
import { createRefusedError } from "../../../provider/hyperv/cim/cim-failure";
import { describeInLanguage } from "./messages";
import type { HostLanguage } from "./options";

/** What the host itself knows of a failure: one number. */
export class HostException extends Error {
  /** @param link where a chain is broken, as a job says it */
  constructor(
    readonly hresult: number,
    readonly link?: { readonly child: string; readonly parent: string },
  ) {
    super(`HRESULT 0x${hresult.toString(16)}`);
  }
}

export const HRESULT = {
  fileNotFound: 0x80070002,
  pathNotFound: 0x80070003,
  accessDenied: 0x80070005,
  sharingViolation: 0x80070020,
  exists: 0x80070050,
  invalidParameter: 0x80070057,
  trackingOffline: 0xc03a0022,
  invalidTrackingId: 0xc03a0029,
  trackingDisabled: 0xc03a002a,
  trackingLost: 0xc03a0030,
  notVirtualDisk: 0xc03a0015,
  invalidType: 0xc03a001b,
  wbemNotFound: 0x80041002,
  wbemInvalidNamespace: 0x8004100e,
  wbemInvalidClass: 0x80041010,
  wbemInvalidMethod: 0x8004102e,
} as const;

const BY_CODE: Readonly<Partial<Record<DiskErrorCode, number>>> = {
  NotFound: HRESULT.fileNotFound,
  AlreadyExists: HRESULT.exists,
  InvalidInput: HRESULT.invalidParameter,
  OutOfRange: 0xc03a0012,
  CorruptImage: 0xc03a0003,
  UnsupportedImage: HRESULT.notVirtualDisk,
  ParentNotFound: 0xc03a000d,
  ParentMismatch: 0xc03a000e,
  ChainCycle: 0xc03a0018,
  ChainTooDeep: 0xc03a0019,
  InUse: HRESULT.sharingViolation,
  AccessDenied: HRESULT.accessDenied,
  IoFailed: 0x80070070,
};

/** The number with which Windows would tell of what the engine met. */
export function toHresult(error: unknown): number {
  if (error instanceof HostException) {
    return error.hresult;
  }
  const hresult = isDiskError(error) ? BY_CODE[error.code] : undefined;
  if (hresult === undefined) {
    throw error;
  }
  return hresult;
}

/** The error of a request that the host refuses as a whole. */
export function refuse(language: HostLanguage, hresult: number): Error {
  return createRefusedError(
    {
      kind: "CimFailure",
      hresult,
      fullyQualifiedErrorId: `HRESULT 0x${hresult.toString(16)},Microsoft.Management.Infrastructure.CimCmdlets`,
      category: "NotSpecified",
      message: describeInLanguage(language, hresult),
    },
    "a request",
  );
}
