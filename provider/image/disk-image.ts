import type { DiskFormat, DiskType, ParentPath } from "../disk/disk";
import type { ReadableFile } from "./random-access-file";

/** What one image says about itself. All of it is validated when the image is opened. */
export interface ImageProperties {
  readonly format: DiskFormat;
  readonly type: DiskType;
  readonly sizeBytes: number;
  /** 0 for a fixed VHD. */
  readonly blockSizeBytes: number;
  readonly logicalSectorSizeBytes: number;
  readonly physicalSectorSizeBytes: number;
  /** VHD: unique id. VHDX: page 83 id. */
  readonly diskId: string;
  /** VHD: unique id. VHDX: DataWriteGuid. What children record. */
  readonly linkageId: string;
  /** VHDX made by this package only. */
  readonly creationId?: string;
  /** Differencing images only. */
  readonly parentLocator?: ParentLocator;
}

/** A differencing image's record of its parent. */
export interface ParentLocator {
  /** Accepted values of the parent's linkageId; never the zero GUID; at least one. */
  readonly linkageIds: readonly string[];
  /** In resolution order; at least one. */
  readonly paths: readonly ParentPath[];
  /** What is wrong with records of the parent that cannot be read, as clauses. */
  readonly problems?: readonly string[];
}

/**
 * A run of an image's virtual bytes that has one source.
 *
 * - `data`: held by this image, from `fileOffsetBytes` on.
 * - `zero`: held by this image as zeros, without bytes in the file. Never falls through to the
 *   parent.
 * - `absent`: not held by this image. Reads from the parent, or as zeros where there is none.
 */
export type Extent =
  | {
      readonly kind: "data";
      readonly offsetBytes: number;
      readonly lengthBytes: number;
      readonly fileOffsetBytes: number;
    }
  | { readonly kind: "zero"; readonly offsetBytes: number; readonly lengthBytes: number }
  | { readonly kind: "absent"; readonly offsetBytes: number; readonly lengthBytes: number };

/** What is known of an image that was opened and validated, whether or not it still is open. */
export interface ImageHead {
  readonly properties: ImageProperties;
  readonly file: { readonly name: string };

  /** Closes the file where it is open. Idempotent. */
  close(): Promise<void>;
}

/** An opened and validated image of either format. */
export interface DiskImage extends ImageHead {
  /**
   * The bytes that `data` extents point into. For a VHDX whose log is dirty this is a view with the
   * log replayed in memory. Closing it is the business of {@link close}.
   */
  readonly file: ReadableFile;

  /**
   * Tells where each byte of `[offsetBytes, offsetBytes + lengthBytes)` comes from: extents in
   * order, without gaps, none empty, covering exactly the window; runs of the same source are
   * merged where that is cheap. They come in batches, since a large disk has millions of them and
   * waiting for each takes longer than finding it. Memory is bounded, whatever the window.
   *
   * @param offsetBytes inside the disk
   * @param lengthBytes the window must end inside the disk
   * @throws CorruptImage when a table turns out to be damaged, IoFailed
   */
  readExtents(
    offsetBytes: number,
    lengthBytes: number,
  ): AsyncGenerator<readonly Extent[], void, undefined>;

  /** Closes the file. Idempotent. */
  close(): Promise<void>;
}
