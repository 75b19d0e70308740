import { z } from "zod";
import type { DiskFormat } from "../disk/disk";
import { DiskError } from "../disk/errors";
import { type PathStyle, extensionOf, formatOfPath } from "../disk/host-path";
import { describePathProblem } from "../disk/path-rules";
import type { CheckFailure, Properties } from "./resource";
import { isUnknown } from "./unknown";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

/** Windows makes no smaller disk of either format. */
export const MIN_SIZE_BYTES = 3 * MIB;

/** The largest virtual disk of each format. [MS-VHDX] 2.6.2.2 for VHDX; Windows for VHD, whose footer could say more. */
export const MAX_SIZE_BYTES: Readonly<Record<DiskFormat, number>> = { vhd: 2040 * GIB, vhdx: 64 * TIB };

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

/**
 * Validates known properties with a schema and passes unknown ones through.
 *
 * @param schema an object schema that refuses names it does not know
 * @param news the inputs; those beginning with `__` belong to this package and are not looked at
 * @returns the values that are known and valid, and what is wrong with the others
 */
export function parseKnown<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  news: Properties,
): { readonly known: Partial<z.output<z.ZodObject<Shape>>>; readonly failures: CheckFailure[] } {
  const entries = Object.entries(news).filter(([name, value]) => !name.startsWith("__") && value !== undefined);
  const unknownNames = entries.filter(([, value]) => isUnknown(value)).map(([name]) => name);
  const known = Object.fromEntries(entries.filter(([name]) => !unknownNames.includes(name)));
  const result = schema.strict().safeParse(known);
  if (result.success) {
    return { known: result.data, failures: [] };
  }
  const failures = result.error.issues
    .flatMap(toCheckFailures)
    .filter((failure) => !unknownNames.includes(failure.property));
  const invalid = new Set(failures.map((failure) => failure.property));
  const valid = Object.fromEntries(Object.entries(known).filter(([name]) => !invalid.has(name)));
  return { known: valid as Partial<z.output<z.ZodObject<Shape>>>, failures };
}

/**
 * Reads inputs that were checked before and are all known by now.
 *
 * @throws InvalidInput when they are not valid after all
 */
export function parseInputs<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  inputs: Properties,
): z.output<z.ZodObject<Shape>> {
  const { known, failures } = parseKnown(schema, inputs);
  if (failures.length > 0) {
    throw new DiskError("InvalidInput", {
      what: failures.map(({ property, reason }) => `${property}: ${reason}`).join(" "),
      subject: String(inputs["path"]),
      remedy: "Nothing was changed. Correct the program.",
    });
  }
  return known as z.output<z.ZodObject<Shape>>;
}

function toCheckFailures(issue: z.core.$ZodIssue): CheckFailure[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((property) => ({ property, reason: "There is no input of this name." }));
  }
  return [{ property: String(issue.path[0] ?? ""), reason: issue.message }];
}

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

/** Collects failures of rules that look at more than one input. */
export class FailureList {
  readonly failures: CheckFailure[];

  constructor(failures: readonly CheckFailure[]) {
    this.failures = [...failures];
  }

  /** Adds a failure unless there is nothing to say. */
  add(property: string, reason: string | undefined): void {
    if (reason !== undefined) {
      this.failures.push({ property, reason });
    }
  }
}

/** The format that a path asks for; `undefined` while the path is unknown or wrong. */
export function declaredFormat(path: string | undefined): DiskFormat | undefined {
  return path === undefined ? undefined : formatOfPath(path);
}
