import type * as pulumi from "@pulumi/pulumi";
import { ChildDiskResource } from "./disk-resource";
import { dynamicDoor } from "./dynamic-door";

/** What a differencing disk is declared with. */
export interface DifferencingDiskArgs {
  /**
   * The full path of the file, `.vhd` or `.vhdx` as the parent. Another path moves the disk, with
   * its content, within its volume.
   */
  readonly path: pulumi.Input<string>;
  /**
   * The full path of the parent. Give `parent.path` where the parent is a resource, so that Pulumi
   * knows the order. The same parent at another path is recorded in place; another parent replaces
   * the disk, and its content is lost.
   */
  readonly parentPath: pulumi.Input<string>;
  /**
   * The virtual size in bytes; the parent's by default. A VHDX may be larger, and may grow in
   * place. None can shrink.
   */
  readonly sizeBytes?: pulumi.Input<number | undefined>;
  /**
   * The unit of allocation; 2 MiB by default. VHDX: a power of two, 1 MiB to 256 MiB. VHD: 512 KiB
   * or 2 MiB.
   */
  readonly blockSizeBytes?: pulumi.Input<number | undefined>;
  /**
   * Whether to take over a disk that is at the path already, if it is exactly the declared one;
   * `false` by default.
   */
  readonly adopt?: pulumi.Input<boolean | undefined>;
  /**
   * Whether to make the folder of the file, and those above it, where they are missing; `false` by
   * default, so that a volume that is not mounted is noticed.
   */
  readonly createFolder?: pulumi.Input<boolean | undefined>;
  /**
   * Whether a change that replaces the disk may do so although the disk holds content, which is
   * lost then; `false` by default.
   */
  readonly allowDataLoss?: pulumi.Input<boolean | undefined>;
}

/**
 * A virtual hard disk that holds only what differs from its parent.
 *
 * Deleting it deletes the file, after proof that it is the disk that was made, not in use and
 * nobody's parent.
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
export class DifferencingDisk extends ChildDiskResource {
  /** The type as states name it, by which policies recognise the class. */
  static readonly __pulumiType: string = dynamicDoor.typeToken("DifferencingDisk");

  /**
   * Describes a disk that somebody else manages: it is read, and never changed or deleted.
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

  /** @param name unique in the stack; @param args what to make; @param opts Pulumi's options */
  constructor(name: string, args: DifferencingDiskArgs, opts?: pulumi.CustomResourceOptions) {
    super(dynamicDoor, "DifferencingDisk", name, { ...args }, opts);
  }
}
