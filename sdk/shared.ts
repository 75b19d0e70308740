/** What both doors give to programs beside resources and functions: content, errors and types. */
export { type OpenVirtualDiskArgs, openVirtualDisk } from "./open-virtual-disk";
export type {
  ContentStreamOptions,
  ContentWindow,
  OpenedVirtualDisk,
} from "../provider/functions/open-virtual-disk";
export type {
  GetVirtualDiskArgs,
  GetVirtualDiskResult,
} from "../provider/functions/get-virtual-disk";
export type {
  GetVirtualDiskChainArgs,
  GetVirtualDiskChainResult,
} from "../provider/functions/get-virtual-disk-chain";
export type { GetVirtualDiskChangesArgs } from "../provider/functions/get-virtual-disk-changes";
export type { GetVirtualDiskChangesResult } from "../provider/functions/change-pages";
export type { ChangedRange } from "../provider/disk/ranges";
export type { DiskFormat, DiskType } from "../provider/disk/disk";
export type {
  ReferencePointConsistency,
  ReferencePointDisk,
} from "../provider/disk/reference-point";
export { DiskError, type DiskErrorCode, isDiskError } from "../provider/disk/errors";
