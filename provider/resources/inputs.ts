import type { z } from "zod";
import { DiskError } from "../disk/errors";
import { type RuleProblem, describeProblem } from "../disk/rules/problem";
import type { CheckFailure, Properties } from "./resource";
import { isUnknown } from "./unknown";

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
 * @param subject what messages call the resource
 * @throws InvalidInput when they are not valid after all
 */
export function parseInputs<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  inputs: Properties,
  subject: string,
): z.output<z.ZodObject<Shape>> {
  const { known, failures } = parseKnown(schema, inputs);
  if (failures.length > 0) {
    throw new DiskError("InvalidInput", {
      what: failures.map(({ property, reason }) => `${property}: ${reason}`).join(" "),
      subject,
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

/** Collects failures of rules that look at more than one input. */
export class FailureList {
  readonly failures: CheckFailure[];

  constructor(failures: readonly CheckFailure[]) {
    this.failures = [...failures];
  }

  /** Adds a failure. @param reason one or more sentences */
  add(property: string, reason: string): void {
    this.failures.push({ property, reason });
  }

  /** Adds what a rule found, beside its input; nothing where it found nothing. */
  addProblem(problem: RuleProblem | undefined): void {
    if (problem !== undefined) {
      this.add(problem.input, describeProblem(problem));
    }
  }
}
