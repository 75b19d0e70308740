import { DiskError } from "../../disk/errors";
import type { CimProperties, CimReference, CimType, CimValue } from "./cim-session";

/** A `string`. */
export function cimString(value: string): CimValue {
  return { type: "string", value };
}

/** A `boolean`. */
export function cimBoolean(value: boolean): CimValue {
  return { type: "boolean", value };
}

/** A `uint16`. */
export function cimUint16(value: number): CimValue {
  return { type: "uint16", value };
}

/** A `uint32`. */
export function cimUint32(value: number): CimValue {
  return { type: "uint32", value };
}

/** A `uint64`, from a bigint or from a whole number that JavaScript holds exactly. */
export function cimUint64(value: bigint | number): CimValue {
  return { type: "uint64", value: BigInt(value) };
}

/** A reference to an instance. */
export function cimReference(value: CimReference): CimValue {
  return { type: "reference", value };
}

/**
 * Reads a text.
 *
 * @param properties of an instance, or the outputs of a method
 * @param name in the spelling of the class
 * @returns `undefined` where the host has no value
 * @throws Internal when it is no text
 */
export function textOf(properties: CimProperties, name: string): string | undefined {
  return read(properties, name, "a string", (value): value is string => typeof value === "string");
}

/** Reads a boolean; as {@link textOf}. */
export function booleanOf(properties: CimProperties, name: string): boolean | undefined {
  return read(
    properties,
    name,
    "a boolean",
    (value): value is boolean => typeof value === "boolean",
  );
}

/** Reads a number of at most 32 bits; as {@link textOf}. */
export function numberOf(properties: CimProperties, name: string): number | undefined {
  return read(properties, name, "a number", (value): value is number => typeof value === "number");
}

/** Reads an integer of any width; as {@link textOf}. */
export function bigintOf(properties: CimProperties, name: string): bigint | undefined {
  const value = read(properties, name, "an integer", isInteger);
  return value === undefined ? undefined : BigInt(value);
}

/** Reads a reference; as {@link textOf}. */
export function referenceOf(properties: CimProperties, name: string): CimReference | undefined {
  return read(
    properties,
    name,
    "a reference",
    (value): value is CimReference => isObject(value) && "keys" in value,
  );
}

/** Reads a list of texts; as {@link textOf}. An empty list and no value are two answers. */
export function textsOf(properties: CimProperties, name: string): readonly string[] | undefined {
  return read(properties, name, "a list of strings", (value): value is string[] =>
    isListOf(value, (item) => typeof item === "string"),
  );
}

/** Reads a list of integers of any width; as {@link textsOf}. */
export function bigintsOf(properties: CimProperties, name: string): readonly bigint[] | undefined {
  const values = read(
    properties,
    name,
    "a list of integers",
    (value): value is (bigint | number)[] => isListOf(value, isInteger),
  );
  return values?.map(BigInt);
}

/**
 * The type that a type says of each member of its lists: `uint64` for `uint64[]`, and for `uint64`
 * itself.
 */
export function memberTypeOf(type: CimType): Exclude<CimType, `${string}[]`> {
  return type.replace("[]", "") as Exclude<CimType, `${string}[]`>;
}

/** Whether a type is one of lists. */
export function isListType(type: CimType): boolean {
  return type.endsWith("[]");
}

function read<T>(
  properties: CimProperties,
  name: string,
  wanted: string,
  accepts: (value: unknown) => value is T,
): T | undefined {
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (property === undefined || property.value === null) {
    return undefined;
  }
  if (!accepts(property.value)) {
    throw new DiskError("Internal", {
      what: `the host returned a different type than ${wanted}`,
      subject: name,
      facts: { type: property.type },
      remedy: "Report this together with the Windows version of the host.",
    });
  }
  return property.value;
}

function isInteger(value: unknown): value is bigint | number {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, accepts: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(accepts);
}
