import * as pulumi from "@pulumi/pulumi";
import type { GetVirtualDiskChangesResult } from "../../provider/functions/change-pages";
import type {
  GetVirtualDiskArgs,
  GetVirtualDiskResult,
} from "../../provider/functions/get-virtual-disk";
import type {
  GetVirtualDiskChainArgs,
  GetVirtualDiskChainResult,
} from "../../provider/functions/get-virtual-disk-chain";
import type { GetVirtualDiskChangesArgs } from "../../provider/functions/get-virtual-disk-changes";
import type {
  GetVirtualDiskChainOutputArgs,
  GetVirtualDiskChangesOutputArgs,
  GetVirtualDiskOutputArgs,
} from "../functions";

/** Like `getVirtualDisk` of `pulumi-vhd`, but through the plugin. */
export function getVirtualDisk(
  args: GetVirtualDiskArgs,
  options?: pulumi.InvokeOptions,
): Promise<GetVirtualDiskResult> {
  return call("getVirtualDisk", args, options);
}

/** Like {@link getVirtualDisk}, but waits for the resources that its arguments come from. */
export function getVirtualDiskOutput(
  args: GetVirtualDiskOutputArgs,
  options?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetVirtualDiskResult> {
  return callOutput("getVirtualDisk", args, options);
}

/** Like `getVirtualDiskChain` of `pulumi-vhd`, but through the plugin. */
export function getVirtualDiskChain(
  args: GetVirtualDiskChainArgs,
  options?: pulumi.InvokeOptions,
): Promise<GetVirtualDiskChainResult> {
  return call("getVirtualDiskChain", args, options);
}

/** Like {@link getVirtualDiskChain}, but waits for the resources that its arguments come from. */
export function getVirtualDiskChainOutput(
  args: GetVirtualDiskChainOutputArgs,
  options?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetVirtualDiskChainResult> {
  return callOutput("getVirtualDiskChain", args, options);
}

/** Like `getVirtualDiskChanges` of `pulumi-vhd`, but through the plugin. */
export function getVirtualDiskChanges(
  args: GetVirtualDiskChangesArgs,
  options?: pulumi.InvokeOptions,
): Promise<GetVirtualDiskChangesResult> {
  return call("getVirtualDiskChanges", args, options);
}

/** Like {@link getVirtualDiskChanges}, but waits for the resources that its arguments come from. */
export function getVirtualDiskChangesOutput(
  args: GetVirtualDiskChangesOutputArgs,
  options?: pulumi.InvokeOutputOptions,
): pulumi.Output<GetVirtualDiskChangesResult> {
  return callOutput("getVirtualDiskChanges", args, options);
}

/** Like {@link getVirtualDiskChanges}, but page by page to the end of the window. */
export async function* iterateVirtualDiskChanges(
  args: GetVirtualDiskChangesArgs,
  options?: pulumi.InvokeOptions,
): AsyncGenerator<GetVirtualDiskChangesResult, void, undefined> {
  let { nextToken } = args;
  do {
    const page = await getVirtualDiskChanges({ ...args, nextToken }, options);
    yield page;
    ({ nextToken } = page);
  } while (nextToken !== undefined);
}

async function call<Result>(
  name: string,
  args: object,
  options: pulumi.InvokeOptions | undefined,
): Promise<Result> {
  return (await pulumi.runtime.invoke(`vhd:index:${name}`, { ...args }, options)) as Result;
}

function callOutput<Result>(
  name: string,
  args: object,
  options: pulumi.InvokeOutputOptions | undefined,
): pulumi.Output<Result> {
  return pulumi.runtime.invokeOutput<Result>(`vhd:index:${name}`, { ...args }, options);
}
