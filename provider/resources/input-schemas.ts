import { z } from "zod";
import type { DiskFormat } from "../disk/disk";
import { type PathStyle, formatOfPath } from "../disk/host-path";
import { describeExtensionProblem, describePathProblem } from "../disk/rules/paths";

/**
 * Builds a schema once for each style of paths: compiling one takes longer than using it, and it is
 * asked for at every step of every resource.
 *
 * @param build makes the schema for a style
 */
export function oncePerStyle<Schema>(
  build: (style: PathStyle) => Schema,
): (style: PathStyle) => Schema {
  const built = new Map<PathStyle, Schema>();
  return (style) => {
    const schema = built.get(style) ?? build(style);
    built.set(style, schema);
    return schema;
  };
}

/** The path of a disk that this package makes. */
export function newDiskPathSchema(style: PathStyle): z.ZodType<string> {
  return diskPathSchema(style, "new");
}

/** The path of a disk that exists, a checkpoint's file included. */
export function existingDiskPathSchema(style: PathStyle): z.ZodType<string> {
  return diskPathSchema(style, "existing");
}

function diskPathSchema(style: PathStyle, purpose: "new" | "existing"): z.ZodType<string> {
  return z
    .string({ error: "Must be a string: the full path of a disk." })
    .superRefine((path, context) => {
      const problem = describePathProblem(style, path) ?? describeExtensionProblem(path, purpose);
      if (problem !== undefined) {
        context.addIssue({ code: "custom", message: problem });
      }
    });
}

/** A number of bytes that counts whole units. */
export const byteCountSchema = z
  .number({ error: ({ input }) => describeByteCountProblem(input) })
  .refine(
    (value) => Number.isSafeInteger(value) && value > 0,
    "Must be a whole number of bytes above 0.",
  );

/** `true` or `false`. */
export const flagSchema = z.boolean({ error: "Must be true or false." });

/** Configuration values are strings, which is where most strings for numbers come from. */
function describeByteCountProblem(input: unknown): string {
  const hint =
    typeof input === "string"
      ? ` ${JSON.stringify(input)} is a string; config.requireNumber() reads a number from the ` +
        "configuration, Number() makes one."
      : "";
  return `Must be a number of bytes.${hint}`;
}

/** The format that a path asks for; `undefined` while the path is unknown or wrong. */
export function declaredFormat(path: string | undefined): DiskFormat | undefined {
  return path === undefined ? undefined : formatOfPath(path);
}
