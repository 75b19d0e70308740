/**
 * What programs import: `import * as vhd from "pulumi-vhd"`.
 */
export { DifferencingDisk, type DifferencingDiskArgs } from "./differencing-disk";
export { VirtualDisk, type VirtualDiskArgs } from "./virtual-disk";
export { ReferencePoint, type ReferencePointArgs } from "./reference-point";
export { Provider, type ProviderArgs } from "./provider";
export {
  type GetVirtualDiskChainOutputArgs,
  type GetVirtualDiskChangesOutputArgs,
  type GetVirtualDiskOutputArgs,
  getVirtualDisk,
  getVirtualDiskChain,
  getVirtualDiskChainOutput,
  getVirtualDiskChanges,
  getVirtualDiskChangesOutput,
  getVirtualDiskOutput,
  iterateVirtualDiskChanges,
} from "./functions";
export { type InvokeOptions, type InvokeOutputOptions } from "./invoke";
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
