import type { RandomAccessFile } from "./random-access-file";
import type { DiskImage } from "./disk-image";
import type { OpeningFile } from "./opening-file";

/**
 * What this package can do with one format. formats.ts lists the drivers; what the rules need to
 * know of a format stands in disk/formats.ts.
 */
export interface FormatDriver {
  /**
   * Whether a file claims to be an image of this format; whether it is a sound one shows when it is
   * opened.
   */
  recognise(ends: FileEnds): boolean;

  /**
   * Opens and validates an image. The file is only read.
   *
   * @param file is owned by the image from here on; it is closed when opening fails
   * @param opening a view of the file, where its beginning was fetched before
   * @throws CorruptImage, UnsupportedImage, IoFailed
   */
  open(file: RandomAccessFile, opening: OpeningFile): Promise<DiskImage>;

  /**
   * Writes a complete image and makes it durable.
   *
   * @param file empty and writable; it stays open
   * @throws InvalidInput, OutOfRange for what the format does not allow; AlreadyExists when the
   *   file is not empty; IoFailed
   */
  create(file: RandomAccessFile, request: CreateImageRequest): Promise<void>;

  /**
   * Records where the parent of a differencing disk is now. A power loss leaves the old or the new
   * record, whole.
   *
   * @param file writable, used by nobody else; it stays open
   * @throws InvalidInput when the disk has no parent; ParentMismatch when it was made over another
   *   one; UnsupportedImage when the image has no room for the record; CorruptImage, IoFailed
   */
  setParent(file: RandomAccessFile, parent: ParentPlace): Promise<void>;

  /**
   * Enlarges the virtual size of a disk in place. A power loss leaves the old or the new size.
   *
   * @param file writable, used by nobody else; it stays open
   * @throws NotSupported where the format cannot; OutOfRange, InvalidInput for the size;
   *   CorruptImage, UnsupportedImage, IoFailed
   */
  grow(file: RandomAccessFile, sizeBytes: number): Promise<void>;
}

/**
 * What a file begins and ends with: enough to recognise every format. Both are the whole file where
 * it is short, and the end is empty as long as the beginning alone is looked at.
 */
export interface FileEnds {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** How many bytes {@link FileEnds} has of each end of a longer file. */
export const FILE_END_LENGTH_BYTES = 512;

/** What to make. */
export type CreateImageRequest = CreateBaseImageRequest | CreateChildImageRequest;

/** A disk without a parent; it reads as zeros. */
export interface CreateBaseImageRequest extends CreateImageSizes {
  readonly type: "dynamic" | "fixed";
}

/** A disk that holds what differs from its parent. Its sector sizes are those of the parent. */
export interface CreateChildImageRequest extends CreateImageSizes {
  readonly type: "differencing";
  readonly parent: NewParent;
}

/** What is left out is what Windows chooses. */
interface CreateImageSizes {
  /** A whole number of logical sectors. */
  readonly sizeBytes: number;
  readonly blockSizeBytes?: number | undefined;
  readonly logicalSectorSizeBytes?: number | undefined;
  readonly physicalSectorSizeBytes?: number | undefined;
  /**
   * A GUID that no other disk has and that stays with this one: its unique id or creation id. A
   * random one by default.
   */
  readonly ownId?: string | undefined;
}

/** A parent as a child records it. */
export interface ParentPlace {
  /** The `linkageId` of the parent now. */
  readonly linkageId: string;
  /** A full path, in the spelling of the host that will open the child. */
  readonly absolutePath: string;
  /**
   * From the folder of the child, as Windows writes it: `.\base.vhdx`. Left out where the two are
   * on different volumes.
   */
  readonly relativePath?: string | undefined;
}

/** The parent of a disk that is being made. */
export interface NewParent extends ParentPlace {
  /** The `diskId` of the parent, which a child takes over where the format says so. */
  readonly diskId: string;
}
