import { readContentOptions } from "../provider/config";
import { DiskError } from "../provider/disk/errors";
import type { GetVirtualDiskResult } from "../provider/functions/get-virtual-disk";
import * as content from "../provider/functions/open-virtual-disk";
import { type InvokeOptions, callMocks, readInvokeConfig } from "./invoke";
import { runForProgram } from "./run-error";

/** Which disk to open. */
export interface OpenVirtualDiskArgs {
  /** The full path of the leaf. */
  readonly path: string;
}

/**
 * Opens the content of a disk on this machine, as a machine with the disk attached would see it.
 * Close it when you are done.
 *
 * @param args the disk, or its path alone
 * @param options the provider, which says where the disks are; content can be read only on this
 *   machine
 * @throws InvalidInput; NotSupported for the disks of a host; and as `getVirtualDiskChain`
 * @example
 * ```ts
 * const disk = await vhd.openVirtualDisk({ path: "/disks/machine.vhdx" });
 * try {
 *   const firstSector = await disk.read(0, 512);
 * } finally {
 *   await disk.close();
 * }
 * ```
 */
export function openVirtualDisk(
  args: OpenVirtualDiskArgs | string,
  options?: InvokeOptions,
): Promise<content.OpenedVirtualDisk> {
  return runForProgram(async () => {
    const { path } = typeof args === "string" ? { path: args } : args;
    const mocked = await callMocks<GetVirtualDiskResult>("openVirtualDisk", { path }, options);
    if (mocked !== undefined) {
      return content.openEmptyDisk(mocked);
    }
    const contentOptions = readContentOptions(await readInvokeConfig(options));
    if (contentOptions === undefined) {
      throw new DiskError("NotSupported", {
        what: "the content of a disk can be read only on the machine where its files are",
        subject: path,
        facts: { "vhd:backend": "hyperv" },
        remedy: "Run the program on that host, or copy the disk with its parents to this machine.",
      });
    }
    return content.openVirtualDisk(path, contentOptions);
  });
}
