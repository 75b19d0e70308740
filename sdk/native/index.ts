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
// Content has no way through the protocol: it is read in the program, as in `pulumi-vhd`.
export * from "../shared";
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
