import type * as pulumi from "@pulumi/pulumi";
import { DiskResource } from "./disk-resource";
import { dynamicDoor } from "./dynamic-door";

/** What a disk without a parent is declared with. */
export interface VirtualDiskArgs {
  /**
   * The full path of the file, `.vhd` or `.vhdx`. Another path moves the disk, with its content,
   * within its volume.
   */
  readonly path: pulumi.Input<string>;
  /**
   * The virtual size in bytes: a multiple of the sector size, 3 MiB to 64 TiB (VHDX) or 2,040 GiB
   * (VHD). A VHDX may grow in place. None can shrink.
   */
  readonly sizeBytes: pulumi.Input<number>;
  /**
   * `dynamic`, the default, takes space as it is written; `fixed` is promised all of it. Changing
   * it replaces the disk.
   */
  readonly type?: pulumi.Input<"dynamic" | "fixed" | undefined>;
  /**
   * The unit of allocation. VHDX: a power of two, 1 MiB to 256 MiB, by default 32 MiB (dynamic) or
   * 2 MiB (fixed). VHD: 512 KiB or 2 MiB, the default. Changing it replaces the disk.
   */
  readonly blockSizeBytes?: pulumi.Input<number | undefined>;
  /** 512, the default, or 4096 (VHDX only). Changing it replaces the disk. */
  readonly logicalSectorSizeBytes?: pulumi.Input<512 | 4096 | undefined>;
  /** 512 or, the default for VHDX, 4096. Changing it replaces the disk. */
  readonly physicalSectorSizeBytes?: pulumi.Input<512 | 4096 | undefined>;
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
 * A virtual hard disk without a parent; it reads as zeros until something is written to it.
 *
 * Deleting it deletes the file, after proof that it is the disk that was made, not in use and
 * nobody's parent.
 *
 * @example
 * ```ts
 * const base = new vhd.VirtualDisk("base", {
 *   path: "/golden/base.vhdx",
 *   sizeBytes: 64 * 1024 ** 3,
 * });
 * ```
 */
export class VirtualDisk extends DiskResource {
  /** The type as states name it, by which policies recognise the class. */
  static readonly __pulumiType: string = dynamicDoor.typeToken("VirtualDisk");

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
  ): VirtualDisk {
    return new VirtualDisk(name, {} as VirtualDiskArgs, { ...opts, id: path });
  }

  /** @param name unique in the stack; @param args what to make; @param opts Pulumi's options */
  constructor(name: string, args: VirtualDiskArgs, opts?: pulumi.CustomResourceOptions) {
    super(dynamicDoor, "VirtualDisk", name, { ...args }, opts);
  }
}
