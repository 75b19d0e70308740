/**
 * What the rules of this package need to know of a format: plain facts, without code that reads or
 * writes.
 *
 * This is the list of formats. A new one is an entry here, a folder in image/ with a driver, and
 * the line in image/formats.ts that the compiler asks for then.
 */
export interface FormatFacts {
  /** What messages call it. */
  readonly name: string;
  /** Of disks that a program declares; in lowercase, with the dot. */
  readonly extension: string;
  /** Under which Hyper-V keeps the files of a checkpoint; they are ordinary images. */
  readonly checkpointExtension: string;
  /** The smallest and the largest virtual size of a new disk. */
  readonly minSizeBytes: number;
  readonly maxSizeBytes: number;
  /** What a new disk may be divided into; in ascending order. */
  readonly blockSizesBytes: readonly number[];
  /** Whether a fixed disk is divided into blocks as well. */
  readonly hasBlocksWhenFixed: boolean;
  /** Of logical and of physical sectors. */
  readonly sectorSizesBytes: readonly number[];
  /** Whether the virtual size of a disk can be enlarged in place. */
  readonly canGrow: boolean;
  /** Whether a differencing disk may be larger than its parent. */
  readonly allowsLargerChild: boolean;
  /**
   * Whether the disk id belongs to one disk alone; otherwise children share that of their parent.
   */
  readonly hasUniqueDiskId: boolean;
  /** Whether what children record of a disk changes when the content of the disk does. */
  readonly changesLinkageId: boolean;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

const FORMATS = {
  vhd: {
    name: "VHD",
    extension: ".vhd",
    checkpointExtension: ".avhd",
    minSizeBytes: 3 * MIB,
    maxSizeBytes: 2040 * GIB,
    blockSizesBytes: [512 * KIB, 2 * MIB],
    hasBlocksWhenFixed: false,
    sectorSizesBytes: [512],
    canGrow: false,
    allowsLargerChild: false,
    hasUniqueDiskId: true,
    changesLinkageId: false,
  },
  vhdx: {
    name: "VHDX",
    extension: ".vhdx",
    checkpointExtension: ".avhdx",
    minSizeBytes: 3 * MIB,
    maxSizeBytes: 64 * TIB,
    blockSizesBytes: [1, 2, 4, 8, 16, 32, 64, 128, 256].map((count) => count * MIB),
    hasBlocksWhenFixed: true,
    sectorSizesBytes: [512, 4 * KIB],
    canGrow: true,
    allowsLargerChild: true,
    hasUniqueDiskId: false,
    changesLinkageId: true,
  },
} satisfies Record<string, FormatFacts>;

/** A container format. The format of a disk is told by its content, never by its extension. */
export type DiskFormat = keyof typeof FORMATS;

/**
 * The facts of each format.
 *
 * @see VHD 1.0; [MS-VHDX]; for sizes and blocks of VHD what Windows makes, which is less than the
 *   format allows
 */
export const DISK_FORMATS: Readonly<Record<DiskFormat, FormatFacts>> = FORMATS;

/** All formats. */
export function listFormats(): DiskFormat[] {
  return Object.keys(DISK_FORMATS) as DiskFormat[];
}

/**
 * The format that an extension promises, with its dot and in lowercase; `undefined` for every other
 * extension.
 */
export function formatOfExtension(extension: string): DiskFormat | undefined {
  return listFormats().find((format) => {
    const facts = DISK_FORMATS[format];
    return facts.extension === extension || facts.checkpointExtension === extension;
  });
}
