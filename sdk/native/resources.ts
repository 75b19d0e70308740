import type * as pulumi from "@pulumi/pulumi";
import type { DiskFormat, DiskType } from "../../provider/disk/disk";
import type {
  ReferencePointConsistency,
  ReferencePointDisk,
} from "../../provider/disk/reference-point";
import type { DifferencingDiskArgs } from "../differencing-disk";
import type { ReferencePointArgs } from "../reference-point";
import type { VirtualDiskArgs } from "../virtual-disk";
import { NativeResource, nativeToken } from "./native-resource";

const DISK_OUTPUT_NAMES = [
  "path",
  "sizeBytes",
  "type",
  "format",
  "blockSizeBytes",
  "logicalSectorSizeBytes",
  "physicalSectorSizeBytes",
  "diskId",
] as const;

/** What all disks have. Programs use the subclasses. */
abstract class NativeDisk extends NativeResource {
  /** The full path of the file. */
  declare readonly path: pulumi.Output<string>;
  /** The virtual size in bytes. */
  declare readonly sizeBytes: pulumi.Output<number>;
  /** How the disk holds its content. */
  declare readonly type: pulumi.Output<DiskType>;
  /** The container format. */
  declare readonly format: pulumi.Output<DiskFormat>;
  /** The unit of allocation in bytes; 0 for a fixed VHD, which has none. */
  declare readonly blockSizeBytes: pulumi.Output<number>;
  /** The sector size that machines see, in bytes. */
  declare readonly logicalSectorSizeBytes: pulumi.Output<number>;
  /** The sector size of the medium that machines see, in bytes. */
  declare readonly physicalSectorSizeBytes: pulumi.Output<number>;
  /**
   * VHD: the unique id. VHDX: the page 83 id, which children take over. Absent where the host does
   * not report it.
   */
  declare readonly diskId: pulumi.Output<string | undefined>;

  /** As the constructor of {@link NativeResource}, for a disk. */
  protected constructor(
    type: string,
    name: string,
    args: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions | undefined,
  ) {
    super(type, name, args, DISK_OUTPUT_NAMES, opts);
  }
}

/** As `DifferencingDisk` of `pulumi-vhd`, served by the plugin. */
export class DifferencingDisk extends NativeDisk {
  /** The type, as policies compare it. */
  static readonly __pulumiType: string = nativeToken("DifferencingDisk");

  /** The full path of the parent. */
  declare readonly parentPath: pulumi.Output<string>;

  /**
   * Describes a disk that somebody else manages: it is read, and never changed or deleted.
   *
   * @param name unique in the stack; @param path the full path of the disk
   */
  static get(
    name: string,
    path: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): DifferencingDisk {
    return new DifferencingDisk(name, {} as DifferencingDiskArgs, { ...opts, id: path });
  }

  /**
   * @param name unique in the stack; @param args what to make; @param opts Pulumi's options,
   *   `import` among them
   */
  constructor(name: string, args: DifferencingDiskArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "DifferencingDisk",
      name,
      { parentPath: undefined, ...(args as Partial<DifferencingDiskArgs>) },
      opts,
    );
  }
}

/** As `VirtualDisk` of `pulumi-vhd`, served by the plugin. */
export class VirtualDisk extends NativeDisk {
  /** The type, as policies compare it. */
  static readonly __pulumiType: string = nativeToken("VirtualDisk");

  /**
   * Describes a disk that somebody else manages: it is read, and never changed or deleted.
   *
   * @param name unique in the stack; @param path the full path of the disk
   */
  static get(
    name: string,
    path: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): VirtualDisk {
    return new VirtualDisk(name, {} as VirtualDiskArgs, { ...opts, id: path });
  }

  /**
   * @param name unique in the stack; @param args what to make; @param opts Pulumi's options,
   *   `import` among them
   */
  constructor(name: string, args: VirtualDiskArgs, opts?: pulumi.CustomResourceOptions) {
    super("VirtualDisk", name, { ...args }, opts);
  }
}

/** As `ReferencePoint` of `pulumi-vhd`, served by the plugin. */
export class ReferencePoint extends NativeResource {
  /** The type, as policies compare it. */
  static readonly __pulumiType: string = nativeToken("ReferencePoint");

  /** The GUID of the virtual machine. */
  declare readonly machineId: pulumi.Output<string>;
  /** Whether programs in the machine were asked to bring their files in order first. */
  declare readonly consistency: pulumi.Output<ReferencePointConsistency>;
  /** Each disk of the machine at that moment, with its `limitId` for `getVirtualDiskChanges`. */
  declare readonly disks: pulumi.Output<ReferencePointDisk[]>;

  /**
   * Describes a reference point that somebody else manages: it is read, and never removed.
   *
   * @param name unique in the stack; @param id what the host knows it by
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): ReferencePoint {
    return new ReferencePoint(name, {}, { ...opts, id });
  }

  /**
   * @param name unique in the stack; @param args of which machine, and how; @param opts Pulumi's
   *   options
   */
  constructor(name: string, args: ReferencePointArgs, opts?: pulumi.CustomResourceOptions) {
    super("ReferencePoint", name, { ...args }, ["machineId", "consistency", "disks"], opts);
  }
}
