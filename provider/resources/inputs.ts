import type { z } from "zod";
import { DiskError } from "../disk/errors";
import { type RuleProblem, describeProblem } from "../disk/rules/problem";
import type { CheckFailure, Properties } from "./resource";
import { isUnknown } from "./unknown";

/** Declared inputs, some of which may be unknown in a preview. */
export interface Declared<Inputs> {
  /** The values that are known and valid. */
  readonly values: Partial<Inputs>;
  /** The names of inputs that are not known yet. */
  readonly unknown: ReadonlySet<string>;
}

/** Declared inputs, and what is wrong with some of them. */
export interface ParsedInputs<Inputs> extends Declared<Inputs> {
  readonly failures: readonly CheckFailure[];
}

/**
 * Validates the inputs that are known and lists the others.
 *
 * @param schema an object schema that refuses names it does not know
 * @param news the inputs; those beginning with `__` belong to this package and are not looked at
 */
export function parseDeclared<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  news: Properties,
): ParsedInputs<z.output<z.ZodObject<Shape>>> {
  const entries = Object.entries(news).filter(
    ([name, value]) => !name.startsWith("__") && value !== undefined,
  );
  const unknown = new Set(entries.filter(([, value]) => isUnknown(value)).map(([name]) => name));
  const known = Object.fromEntries(entries.filter(([name]) => !unknown.has(name)));
  const result = schema.safeParse(known);
  if (result.success) {
    return { values: result.data, unknown, failures: [] };
  }
  const failures = result.error.issues
    .flatMap(toCheckFailures)
    .filter((failure) => !unknown.has(failure.property));
  const invalid = new Set(failures.map((failure) => failure.property));
  const valid = Object.fromEntries(Object.entries(known).filter(([name]) => !invalid.has(name)));
  return { values: valid as Partial<z.output<z.ZodObject<Shape>>>, unknown, failures };
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
  const { values, unknown, failures } = parseDeclared(schema, inputs);
  const problems = [
    ...failures.map(({ property, reason }) => `${property}: ${reason}`),
    ...[...unknown].map((name) => `${name}: Is not known yet.`),
  ];
  if (problems.length > 0) {
    throw new DiskError("InvalidInput", {
      what: problems.join(" ").replace(/\.$/, ""),
      subject,
      remedy: "Nothing was changed. Correct the program.",
    });
  }
  return values as z.output<z.ZodObject<Shape>>;
}

function toCheckFailures(issue: z.core.$ZodIssue): CheckFailure[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((property) => ({ property, reason: "This input does not exist." }));
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
