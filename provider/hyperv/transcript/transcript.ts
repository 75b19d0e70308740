import type { CimFailure } from "../cim/cim-failure";
import type { CimSession } from "../cim/cim-session";
import type { DiskErrorCode } from "../../disk/errors";

/**
 * What was said between this package and a host, as a file that can be sent to somebody else and
 * played back: record-session.ts writes one down, anonymizer.ts takes out what names anybody, and
 * replay-session.ts answers from it.
 */
export interface Transcript {
  readonly exchanges: readonly Exchange[];
}

/** One request and what came of it. */
export interface Exchange {
  readonly method: ExchangeMethod;
  /** The arguments, without time limits. */
  readonly request: readonly unknown[];
  readonly outcome:
    | { readonly answer: unknown }
    /** What the host refused. */
    | { readonly failure: CimFailure }
    /** What never was answered, told by the code of its error alone. */
    | { readonly error: DiskErrorCode };
}

/** The methods of a session that ask the host. */
export type ExchangeMethod = Exclude<keyof CimSession, "close">;

/** The methods of a session that ask the host. */
export const EXCHANGE_METHODS: readonly ExchangeMethod[] = [
  "get",
  "query",
  "associated",
  "invoke",
  "hasClass",
  "listMethods",
];

/** Integers that JSON cannot hold. */
const BIG_INTEGER = "$integer";

/** Writes values as JSON holds them: `{"$integer": "123"}` for integers of 64 bits. */
export function toPlain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, member: unknown) =>
      typeof member === "bigint" ? { [BIG_INTEGER]: member.toString() } : member,
    ) ?? "null",
  );
}

/** The opposite of {@link toPlain}. */
export function fromPlain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(fromPlain);
  }
  if (BIG_INTEGER in value) {
    return BigInt(String(value[BIG_INTEGER]));
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fromPlain(each)]));
}
