/** The parts of Pulumi's package schema that this package uses. */
export interface TypeSpec {
  readonly type?: "string" | "number" | "integer" | "boolean" | "array" | "object";
  readonly items?: TypeSpec;
  readonly $ref?: string;
}

/** One property of a resource, a function or an object. */
export interface PropertySpec extends TypeSpec {
  readonly description?: string;
  readonly default?: boolean | number | string;
  readonly secret?: boolean;
  readonly replaceOnChanges?: boolean;
}

/** Properties, and which of them are always there. */
export interface ObjectSpec {
  readonly type?: "object";
  readonly description?: string;
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly required: readonly string[];
}

/** A closed set of values. */
export interface EnumSpec {
  readonly type: "string" | "integer";
  readonly enum: readonly { readonly name?: string; readonly value: string | number }[];
}

/** Types that properties refer to, collected while they are described. */
export class NamedTypes {
  readonly specs: Record<string, (ObjectSpec & { type: "object" }) | EnumSpec> = {};

  /** Refers to a set of values, which it names. */
  enumOf(name: string, values: readonly (string | number)[]): TypeSpec {
    const isText = typeof values[0] === "string";
    this.specs[`vhd:index:${name}`] = {
      type: isText ? "string" : "integer",
      enum: values.map((value) => (isText ? { value } : { name: `Bytes${value}`, value })),
    };
    return { $ref: `#/types/vhd:index:${name}` };
  }

  /** Refers to an object, which it names. */
  objectOf(name: string, spec: ObjectSpec): TypeSpec {
    this.specs[`vhd:index:${name}`] = { ...spec, type: "object" };
    return { $ref: `#/types/vhd:index:${name}` };
  }
}
