/**
 * The domain: what a virtual disk is, whichever backend looks at it.
 *
 * Start reading here, then backend.ts (what a host can do with disks). This folder is pure: no
 * Node.js module, no zod, no Pulumi.
 */

import type { DiskFormat } from "./formats";

export type { DiskFormat } from "./formats";

/**
 * How an image holds its content: all of it, only what was written, or only what differs from a
 * parent.
 */
export type DiskType = "fixed" | "dynamic" | "differencing";

/** One path under which a child remembers its parent. */
export interface ParentPath {
  /**
   * `relative` to the folder of the child; `volume` begins `\\?\Volume{…}\`; `absolute` is a full
   * path.
   */
  readonly kind: "relative" | "volume" | "absolute";
  /** As recorded in the child, in the spelling of the host that wrote it. */
  readonly path: string;
}

/** What a differencing disk records about its parent. */
export interface ParentLink {
  /**
   * The parent must carry one of these as its {@link VirtualDiskInfo.linkageId}. Lowercase GUIDs,
   * never the zero GUID; one for VHD, one or two for VHDX (a second one only while a merge is under
   * way). Empty where the backend cannot tell.
   */
  readonly linkageIds: readonly string[];
  /** Where the parent may be, in the order in which to look. At least one. */
  readonly paths: readonly ParentPath[];
  /**
   * Where the parent was found and verified, in the host's spelling; absent when it was not found.
   */
  readonly resolvedPath?: string;
}

/** What can be told about one image without its parents. All sizes are whole numbers of bytes. */
export interface VirtualDiskInfo {
  /** The full path, in the host's spelling. */
  readonly path: string;
  /** The format of the image, detected from its content. */
  readonly format: DiskFormat;
  /** How the image holds its content. */
  readonly type: DiskType;
  /** The virtual size: what a machine sees that has this disk attached. */
  readonly sizeBytes: number;
  /** The size of the file, which for a sparse file is more than it takes on its volume. */
  readonly fileSizeBytes: number;
  /** The unit of allocation; 0 for a fixed VHD, which has none. */
  readonly blockSizeBytes: number;
  /** The smallest unit that can be read or written: 512 or 4096. */
  readonly logicalSectorSizeBytes: number;
  /** The sector size that the disk reports as that of its hardware: 512 or 4096. */
  readonly physicalSectorSizeBytes: number;
  /** What distinguishes this disk from any other; see {@link DiskIdentity}. */
  readonly identity: DiskIdentity;
  /**
   * What children record of this disk: the unique id of a VHD, the DataWriteGuid of a VHDX (it
   * changes with the first change of content after each opening). Absent where the backend cannot
   * tell.
   */
  readonly linkageId?: string;
  /** Present for differencing disks, and only for them. */
  readonly parent?: ParentLink;
}

/**
 * What is recorded of a disk so that it can be recognised later. Compare with `isSameDisk`, never
 * field by field.
 *
 * Recorded in stack states: add members, never rename or reinterpret one.
 */
export interface DiskIdentity {
  readonly format: DiskFormat;
  /**
   * VHD: the unique id. VHDX: the page 83 id, which a child shares with its parent and all its
   * siblings. Absent where the backend cannot tell.
   */
  readonly diskId?: string;
  /**
   * VHDX made by this package: a GUID of its own in the creator text, which no writer ever
   * rewrites.
   */
  readonly creationId?: string;
  /** VHDX: the DataWriteGuid when the disk was last observed. */
  readonly dataWriteId?: string;
  /**
   * What the file system knows the file by (an opaque text); survives writing to the file, not
   * copying it.
   */
  readonly fileId?: string;
  /**
   * What the file system knows the folder of the file by; distinguishes a missing file from a
   * volume that is not mounted.
   */
  readonly folderId?: string;
}
