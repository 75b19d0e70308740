import { z } from "zod";
import type { DiskFormat } from "../disk/disk";
import { type PathStyle, extensionOf, formatOfPath } from "../disk/host-path";
import { describePathProblem } from "../disk/path-rules";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

/** Windows makes no smaller disk of either format. */
const MIN_SIZE_BYTES = 3 * MIB;

/** The largest virtual disk of each format. [MS-VHDX] 2.6.2.2 for VHDX; Windows for VHD, whose footer could say more. */
const MAX_SIZE_BYTES: Readonly<Record<DiskFormat, number>> = { vhd: 2040 * GIB, vhdx: 64 * TIB };

/** Extensions under which Hyper-V makes disks; `.avhd` and `.avhdx` are for checkpoints alone. */
const NEW_DISK_EXTENSIONS: readonly string[] = [".vhd", ".vhdx"];

const VHD_BLOCK_SIZES_BYTES: readonly number[] = [512 * 1024, 2 * MIB];

/** The path of a disk that this package makes. */
export function newDiskPathSchema(style: PathStyle): z.ZodType<string> {
  return diskPathSchema(style, NEW_DISK_EXTENSIONS);
}

/** The path of a disk that exists, a checkpoint's file included. */
export function existingDiskPathSchema(style: PathStyle): z.ZodType<string> {
  return diskPathSchema(style, [...NEW_DISK_EXTENSIONS, ".avhd", ".avhdx"]);
}

function diskPathSchema(style: PathStyle, extensions: readonly string[]): z.ZodType<string> {
  return z.string({ error: "Must be a text: the full path of a disk." }).superRefine((path, context) => {
    const problem = describePathProblem(style, path) ?? describeExtensionProblem(path, extensions);
    if (problem !== undefined) {
      context.addIssue({ code: "custom", message: problem });
    }
  });
}

function describeExtensionProblem(path: string, extensions: readonly string[]): string | undefined {
  const extension = extensionOf(path);
  if (extensions.includes(extension)) {
    return undefined;
  }
  return `The extension decides the format: it must be ${extensions.join(" or ")}, not ${extension === "" ? "missing" : extension}.`;
}

/** A number of bytes that counts whole units. */
export const byteCountSchema = z
  .number({ error: "Must be a number of bytes." })
  .refine((value) => Number.isSafeInteger(value) && value > 0, "Must be a whole number of bytes above 0.");

/** What is wrong with a virtual size, or `undefined`. */
export function describeSizeProblem(
  format: DiskFormat,
  sizeBytes: number,
  sectorSizeBytes: number,
): string | undefined {
  if (sizeBytes % sectorSizeBytes !== 0) {
    return `${sizeBytes} is not a multiple of the sector size, ${sectorSizeBytes} bytes.`;
  }
  if (sizeBytes < MIN_SIZE_BYTES) {
    return `${sizeBytes} is below the smallest size of a disk, ${MIN_SIZE_BYTES} bytes (3 MiB).`;
  }
  if (sizeBytes > MAX_SIZE_BYTES[format]) {
    const hint = format === "vhd" ? " Use .vhdx for larger disks." : "";
    return `${sizeBytes} is above the limit of a ${format.toUpperCase()}, ${MAX_SIZE_BYTES[format]} bytes.${hint}`;
  }
  return undefined;
}

/** What is wrong with a block size, or `undefined`. */
export function describeBlockSizeProblem(format: DiskFormat, blockSizeBytes: number): string | undefined {
  if (!Number.isInteger(Math.log2(blockSizeBytes))) {
    return `${blockSizeBytes} is not a power of two.`;
  }
  if (format === "vhd" && !VHD_BLOCK_SIZES_BYTES.includes(blockSizeBytes)) {
    return `A VHD has blocks of 524288 bytes (512 KiB) or 2097152 bytes (2 MiB), not ${blockSizeBytes}.`;
  }
  if (format === "vhdx" && (blockSizeBytes < MIB || blockSizeBytes > 256 * MIB)) {
    return `A VHDX has blocks of 1 MiB to 256 MiB, not ${blockSizeBytes} bytes.`;
  }
  return undefined;
}

/** The format that a path asks for; `undefined` while the path is unknown or wrong. */
export function declaredFormat(path: string | undefined): DiskFormat | undefined {
  return path === undefined ? undefined : formatOfPath(path);
}
