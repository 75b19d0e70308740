import type * as pulumi from "@pulumi/pulumi";
import type { DiskOutputs } from "./disk-outputs";
import { planDisk, withOutputs } from "./resource-plan";
import { dynamicDoor } from "./dynamic-door";

/** The arguments of a disk without a parent. */
export interface VirtualDiskArgs {
  /**
   * The full path of the file, `.vhd` or `.vhdx`. A change of the path moves the disk, with its
   * content, within its volume.
   */
  readonly path: pulumi.Input<string>;
  /**
   * The virtual size in bytes: a multiple of the sector size, 3 MiB to 64 TiB (VHDX) or 2,040 GiB
   * (VHD). A VHDX can grow in place. A disk cannot shrink.
   */
  readonly sizeBytes: pulumi.Input<number>;
  /**
   * `dynamic`, the default, takes space as it is written; `fixed` takes all of it from the start.
   * Changing it replaces the disk.
   */
  readonly type?: pulumi.Input<"dynamic" | "fixed" | undefined>;
  /**
   * The unit of allocation. VHDX: a power of two, 1 MiB to 256 MiB, by default 32 MiB (dynamic) or
   * 2 MiB (fixed). VHD: 512 KiB or 2 MiB, the default. Changing it replaces the disk.
   */
  readonly blockSizeBytes?: pulumi.Input<number | undefined>;
  /** 512, the default, or 4096 (VHDX only). Changing it replaces the disk. */
  readonly logicalSectorSizeBytes?: pulumi.Input<512 | 4096 | undefined>;
  /** 512 or 4096, the default for VHDX. Changing it replaces the disk. */
  readonly physicalSectorSizeBytes?: pulumi.Input<512 | 4096 | undefined>;
  /**
   * Whether to take over an existing disk at the path, if it has exactly the declared values;
   * `false` by default.
   */
  readonly adopt?: pulumi.Input<boolean | undefined>;
  /**
   * Whether to create the folder of the file, and its parent folders, if they are missing. `false`
   * by default, so that a volume that is not mounted is noticed.
   */
  readonly createFolder?: pulumi.Input<boolean | undefined>;
  /**
   * Whether a change may replace the disk although the disk has content, which is then lost;
   * `false` by default.
   */
  readonly allowDataLoss?: pulumi.Input<boolean | undefined>;
}

/**
 * A virtual hard disk without a parent; it reads as zeros until something is written to it.
 *
 * Deleting it deletes the file, after proof that the file is the recorded disk, is not in use and
 * is not the parent of another disk.
 *
 * @example
 * ```ts
 * const base = new vhd.VirtualDisk("base", {
 *   path: "/golden/base.vhdx",
 *   sizeBytes: 64 * 1024 ** 3,
 * });
 * ```
 */
export class VirtualDisk extends withOutputs<DiskOutputs>() {
  /** The type in the state, by which policies recognise the class. */
  static readonly __pulumiType: string = dynamicDoor.typeToken("VirtualDisk");

  /**
   * Reads a disk that is managed elsewhere; it is never changed or deleted.
   *
   * @param name unique in the stack
   * @param path the full path of the disk
   */
  static get(
    name: string,
    path: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): VirtualDisk {
    return new VirtualDisk(name, {} as VirtualDiskArgs, { ...opts, id: path });
  }

  /** @param name unique in the stack; @param args the inputs; @param opts Pulumi's options */
  constructor(name: string, args: VirtualDiskArgs, opts?: pulumi.CustomResourceOptions) {
    const plan = planDisk(dynamicDoor, "VirtualDisk", name, { ...args }, opts);
    try {
      super(...plan.registration);
    } catch (error) {
      throw plan.complete(error);
    } finally {
      plan.resume();
    }
  }
}
