import type * as pulumi from "@pulumi/pulumi";
import type { DiskFormat, DiskType } from "../provider/disk/disk";
import { createHiddenInputs, markAsDisk } from "./hidden-inputs";
import { type Door, VhdResource } from "./vhd-resource";

/** The outputs of all disks. Programs use the subclasses. */
export abstract class DiskResource extends VhdResource {
  /** The full path of the file. */
  declare readonly path: pulumi.Output<string>;
  /** The virtual size in bytes. */
  declare readonly sizeBytes: pulumi.Output<number>;
  /**
   * How the image stores its content: `dynamic` as it is written, `fixed` all of it, `differencing`
   * only what differs from its parent.
   */
  declare readonly type: pulumi.Output<DiskType>;
  /** The format of the image, detected from its content. */
  declare readonly format: pulumi.Output<DiskFormat>;
  /** The unit of allocation in bytes; 0 for a fixed VHD, which has none. */
  declare readonly blockSizeBytes: pulumi.Output<number>;
  /** The smallest unit that can be read or written, in bytes: 512 or 4096. */
  declare readonly logicalSectorSizeBytes: pulumi.Output<number>;
  /** The sector size that the disk reports as that of its hardware, in bytes: 512 or 4096. */
  declare readonly physicalSectorSizeBytes: pulumi.Output<number>;
  /**
   * VHD: the unique id. VHDX: the page 83 id, which children inherit. Absent if the host does not
   * report it.
   */
  declare readonly diskId: pulumi.Output<string | undefined>;

  /** As the constructor of {@link VhdResource}, for a disk. */
  protected constructor(
    door: Door,
    type: "DifferencingDisk" | "VirtualDisk",
    name: string,
    args: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions | undefined,
  ) {
    const hidden = createHiddenInputs(door.typeToken(type), name, args, opts);
    super(door, type, name, { ...args, ...hidden }, opts);
    markAsDisk(this);
  }
}

/** The additional outputs of a differencing disk. Programs use the subclasses. */
export abstract class ChildDiskResource extends DiskResource {
  /** The full path of the parent. */
  declare readonly parentPath: pulumi.Output<string>;
}
