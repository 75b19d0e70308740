/**
 * The same resources and functions on the provider plugin:
 * `import * as vhd from "pulumi-vhd/native"`.
 *
 * Use this module for `pulumi import`, for detailed diffs and policies, and where programs in other
 * languages share the stack. A stack moves here from `pulumi-vhd`, and back, without a change to
 * any resource.
 */
export { DifferencingDisk, ReferencePoint, VirtualDisk } from "./resources";
export { Provider } from "./provider";
export {
  getVirtualDisk,
  getVirtualDiskChain,
  getVirtualDiskChainOutput,
  getVirtualDiskChanges,
  getVirtualDiskChangesOutput,
  getVirtualDiskOutput,
  iterateVirtualDiskChanges,
} from "./functions";
// Content has no way through the protocol: this one runs in the program, as in `pulumi-vhd`.
export { type OpenVirtualDiskArgs, openVirtualDisk } from "../open-virtual-disk";
export type {
  ContentStreamOptions,
  ContentWindow,
  OpenedVirtualDisk,
} from "../../provider/functions/open-virtual-disk";
export { DiskError, type DiskErrorCode, isDiskError } from "../../provider/disk/errors";
export type { InvokeOptions, InvokeOutputOptions } from "@pulumi/pulumi";
export type { DifferencingDiskArgs } from "../differencing-disk";
export type { VirtualDiskArgs } from "../virtual-disk";
export type { ReferencePointArgs } from "../reference-point";
export type { ProviderArgs } from "../provider";
export type {
  GetVirtualDiskChainOutputArgs,
  GetVirtualDiskChangesOutputArgs,
  GetVirtualDiskOutputArgs,
} from "../functions";
export type {
  GetVirtualDiskArgs,
  GetVirtualDiskResult,
} from "../../provider/functions/get-virtual-disk";
export type {
  GetVirtualDiskChainArgs,
  GetVirtualDiskChainResult,
} from "../../provider/functions/get-virtual-disk-chain";
export type { GetVirtualDiskChangesArgs } from "../../provider/functions/get-virtual-disk-changes";
export type { GetVirtualDiskChangesResult } from "../../provider/functions/change-pages";
export type { ChangedRange } from "../../provider/disk/ranges";
export type { DiskFormat, DiskType } from "../../provider/disk/disk";
export type {
  ReferencePointConsistency,
  ReferencePointDisk,
} from "../../provider/disk/reference-point";
