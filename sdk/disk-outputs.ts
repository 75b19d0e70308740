import type * as pulumi from "@pulumi/pulumi";
import type { DiskFormat, DiskType } from "../provider/disk/disk";

/** The outputs of all disks. */
export interface DiskOutputs {
  /** The full path of the file. */
  readonly path: pulumi.Output<string>;
  /** The virtual size in bytes. */
  readonly sizeBytes: pulumi.Output<number>;
  /**
   * How the image stores its content: `dynamic` as it is written, `fixed` all of it, `differencing`
   * only what differs from its parent.
   */
  readonly type: pulumi.Output<DiskType>;
  /** The format of the image, detected from its content. */
  readonly format: pulumi.Output<DiskFormat>;
  /** The unit of allocation in bytes; 0 for a fixed VHD, which has none. */
  readonly blockSizeBytes: pulumi.Output<number>;
  /** The smallest unit that can be read or written, in bytes: 512 or 4096. */
  readonly logicalSectorSizeBytes: pulumi.Output<number>;
  /** The sector size that the disk reports as that of its hardware, in bytes: 512 or 4096. */
  readonly physicalSectorSizeBytes: pulumi.Output<number>;
  /**
   * VHD: the unique id. VHDX: the page 83 id, which children inherit. Absent if the host does not
   * report it.
   */
  readonly diskId: pulumi.Output<string | undefined>;
}

/** The outputs of a differencing disk. */
export interface ChildDiskOutputs extends DiskOutputs {
  /** The full path of the parent. */
  readonly parentPath: pulumi.Output<string>;
}
