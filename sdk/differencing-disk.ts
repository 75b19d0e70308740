import type * as pulumi from "@pulumi/pulumi";
import type { ChildDiskOutputs } from "./disk-outputs";
import { planDisk, withOutputs } from "./resource-plan";
import { dynamicDoor } from "./dynamic-door";

/** The arguments of a differencing disk. */
export interface DifferencingDiskArgs {
  /**
   * The full path of the file, `.vhd` or `.vhdx` like its parent. A change of the path moves the
   * disk, with its content, within its volume.
   */
  readonly path: pulumi.Input<string>;
  /**
   * The full path of the parent. Set it to `parent.path` if the parent is a resource, so that
   * Pulumi knows the order. The same parent at a new path is recorded in place; a different parent
   * replaces the disk, and its content is lost.
   */
  readonly parentPath: pulumi.Input<string>;
  /**
   * The virtual size in bytes; the parent's by default. A VHDX can be larger, and can grow in
   * place. A disk cannot shrink.
   */
  readonly sizeBytes?: pulumi.Input<number | undefined>;
  /**
   * The unit of allocation; 2 MiB by default. VHDX: a power of two, 1 MiB to 256 MiB. VHD: 512 KiB
   * or 2 MiB.
   */
  readonly blockSizeBytes?: pulumi.Input<number | undefined>;
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
 * A virtual hard disk that holds only what differs from its parent.
 *
 * Deleting it deletes the file, after proof that the file is the recorded disk, is not in use and
 * is not the parent of another disk.
 *
 * @example
 * ```ts
 * const machine = new vhd.DifferencingDisk("machine", {
 *   path: "/disks/machine.vhdx",
 *   parentPath: "/golden/base.vhdx",
 * });
 * export const size = machine.sizeBytes;
 * ```
 */
export class DifferencingDisk extends withOutputs<ChildDiskOutputs>() {
  /** The type in the state, by which policies recognise the class. */
  static readonly __pulumiType: string = dynamicDoor.typeToken("DifferencingDisk");

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
  ): DifferencingDisk {
    return new DifferencingDisk(name, {} as DifferencingDiskArgs, { ...opts, id: path });
  }

  /** @param name unique in the stack; @param args the inputs; @param opts Pulumi's options */
  constructor(name: string, args: DifferencingDiskArgs, opts?: pulumi.CustomResourceOptions) {
    const plan = planDisk(dynamicDoor, "DifferencingDisk", name, { ...args }, opts);
    try {
      super(...plan.registration);
    } catch (error) {
      throw plan.complete(error);
    } finally {
      plan.resume();
    }
  }
}
