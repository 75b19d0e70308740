import type * as pulumi from "@pulumi/pulumi";
import * as chain from "../provider/functions/get-virtual-disk-chain";
import type { GetVirtualDiskChangesResult } from "../provider/functions/change-pages";
import * as changes from "../provider/functions/get-virtual-disk-changes";
import * as disk from "../provider/functions/get-virtual-disk";
import {
  type InvokeOptions,
  type InvokeOutputOptions,
  callMocks,
  invokeOutput,
  openInvokeBackend,
} from "./invoke";
import { presentError, runForProgram } from "./run-error";

/** The same arguments, each of which can be an output of a resource. */
type OutputArgs<Args> = { readonly [Name in keyof Args]: pulumi.Input<Args[Name]> };

/** Arguments of {@link getVirtualDiskOutput}. */
export type GetVirtualDiskOutputArgs = OutputArgs<disk.GetVirtualDiskArgs>;
/** Arguments of {@link getVirtualDiskChainOutput}. */
export type GetVirtualDiskChainOutputArgs = OutputArgs<chain.GetVirtualDiskChainArgs>;
/** Arguments of {@link getVirtualDiskChangesOutput}. */
export type GetVirtualDiskChangesOutputArgs = OutputArgs<changes.GetVirtualDiskChangesArgs>;

/**
 * Reads one disk, without opening its parents.
 *
 * @throws InvalidInput, NotFound, CorruptImage, UnsupportedImage, InUse, AccessDenied, Unavailable
 * @example
 * ```ts
 * const { sizeBytes, type } = await vhd.getVirtualDisk({ path: "/golden/base.vhdx" });
 * ```
 */
export function getVirtualDisk(
  args: disk.GetVirtualDiskArgs,
  options?: InvokeOptions,
): Promise<disk.GetVirtualDiskResult> {
  return runForProgram(async () => {
    const mocked = await callMocks<Awaited<ReturnType<typeof disk.getVirtualDisk>>>(
      "getVirtualDisk",
      args,
      options,
    );
    return mocked ?? disk.getVirtualDisk(await openInvokeBackend(options), args);
  });
}

/** Like {@link getVirtualDisk}, but waits for the resources that its arguments come from. */
export function getVirtualDiskOutput(
  args: GetVirtualDiskOutputArgs,
  options?: InvokeOutputOptions,
): pulumi.Output<disk.GetVirtualDiskResult> {
  return invokeOutput(getVirtualDisk, args as pulumi.Input<disk.GetVirtualDiskArgs>, options);
}

/**
 * Reads a disk and all disks that it depends on: the leaf first, the base last, every link
 * verified.
 *
 * @throws as {@link getVirtualDisk}, and ParentNotFound, ParentMismatch, ChainCycle, ChainTooDeep
 * @example
 * ```ts
 * const { disks } = await vhd.getVirtualDiskChain({ path: "/disks/machine.vhdx" });
 * ```
 */
export function getVirtualDiskChain(
  args: chain.GetVirtualDiskChainArgs,
  options?: InvokeOptions,
): Promise<chain.GetVirtualDiskChainResult> {
  return runForProgram(async () => {
    const mocked = await callMocks<Awaited<ReturnType<typeof chain.getVirtualDiskChain>>>(
      "getVirtualDiskChain",
      args,
      options,
    );
    return mocked ?? chain.getVirtualDiskChain(await openInvokeBackend(options), args);
  });
}

/** Like {@link getVirtualDiskChain}, but waits for the resources that its arguments come from. */
export function getVirtualDiskChainOutput(
  args: GetVirtualDiskChainOutputArgs,
  options?: InvokeOutputOptions,
): pulumi.Output<chain.GetVirtualDiskChainResult> {
  return invokeOutput(
    getVirtualDiskChain,
    args as pulumi.Input<chain.GetVirtualDiskChainArgs>,
    options,
  );
}

/**
 * Returns the ranges of a disk whose content may differ from its baseline: a superset of the real
 * differences, never silently incomplete.
 *
 * @throws as {@link getVirtualDiskChain}, and OutOfRange, NotSupported, TrackingDisabled,
 *   StaleLimitId
 * @example
 * ```ts
 * const { ranges } = await vhd.getVirtualDiskChanges({ path: "/disks/machine.vhdx" });
 * ```
 */
export function getVirtualDiskChanges(
  args: changes.GetVirtualDiskChangesArgs,
  options?: InvokeOptions,
): Promise<GetVirtualDiskChangesResult> {
  return runForProgram(async () => {
    const mocked = await callMocks<Awaited<ReturnType<typeof changes.getVirtualDiskChanges>>>(
      "getVirtualDiskChanges",
      args,
      options,
    );
    return mocked ?? changes.getVirtualDiskChanges(await openInvokeBackend(options), args);
  });
}

/** Like {@link getVirtualDiskChanges}, but waits for the resources that its arguments come from. */
export function getVirtualDiskChangesOutput(
  args: GetVirtualDiskChangesOutputArgs,
  options?: InvokeOutputOptions,
): pulumi.Output<GetVirtualDiskChangesResult> {
  return invokeOutput(
    getVirtualDiskChanges,
    args as pulumi.Input<changes.GetVirtualDiskChangesArgs>,
    options,
  );
}

/**
 * Like {@link getVirtualDiskChanges}, but page by page to the end of the window, in bounded memory:
 * for backup programs.
 *
 * @example
 * ```ts
 * for await (const page of vhd.iterateVirtualDiskChanges({ path: "/disks/machine.vhdx" })) {
 *   for (const { offsetBytes, lengthBytes } of page.ranges) {
 *     await backUp(offsetBytes, lengthBytes);
 *   }
 * }
 * ```
 */
export async function* iterateVirtualDiskChanges(
  args: changes.GetVirtualDiskChangesArgs,
  options?: InvokeOptions,
): AsyncGenerator<GetVirtualDiskChangesResult, void, undefined> {
  const mocked = await callMocks<GetVirtualDiskChangesResult>(
    "getVirtualDiskChanges",
    args,
    options,
  );
  if (mocked !== undefined) {
    yield mocked;
    return;
  }
  try {
    yield* changes.iterateVirtualDiskChanges(await openInvokeBackend(options), args);
  } catch (error) {
    throw presentError(error);
  }
}
