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
export * from "./shared";
