import { z } from "zod";
import { DiskError } from "../disk/errors";
import { type PathStyle } from "../disk/host-path";
import { describePathProblem } from "../disk/rules/paths";

/** A full path; its rules depend on the host and are applied by {@link parseArguments}. */
export const diskPathArgument = z
  .string({ error: "must be a string: the full path of a disk" })
  .min(1, "must not be empty");

/** An offset or a length inside a disk. */
export const byteArgument = z
  .number({ error: "must be a number of bytes" })
  .refine(
    (value) => Number.isSafeInteger(value) && value >= 0,
    "must be a whole number of bytes, 0 or more",
  );

/** Arguments whose names end like this are paths of the host. */
const PATH_NAME = /path$/i;

/**
 * Validates the arguments of a data-source function.
 *
 * @param functionName as programs call it
 * @param schema refuses names it does not know
 * @param args as the program gave them
 * @param style how the host writes paths
 * @throws InvalidInput naming the function, the argument and what is wrong with it
 */
export function parseArguments<Schema extends z.ZodType>(
  functionName: string,
  schema: Schema,
  args: unknown,
  style: PathStyle,
): z.output<Schema> {
  const result = schema.safeParse(args);
  if (!result.success) {
    throw invalidArgument(
      functionName,
      result.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`.trim()),
    );
  }
  const problems = Object.entries(result.data as Record<string, unknown>).flatMap(
    ([name, value]) => {
      const problem =
        PATH_NAME.test(name) && typeof value === "string"
          ? describePathProblem(style, value)
          : undefined;
      return problem === undefined ? [] : [`${name}: ${problem}`];
    },
  );
  if (problems.length > 0) {
    throw invalidArgument(functionName, problems);
  }
  return result.data;
}

/** The error for arguments that make no sense. */
export function invalidArgument(functionName: string, problems: readonly string[]): DiskError {
  return new DiskError("InvalidInput", {
    what: `the arguments of ${functionName} are wrong, ${problems.join("; ").replace(/\.$/, "")}`,
    remedy: "Correct the program.",
  });
}
