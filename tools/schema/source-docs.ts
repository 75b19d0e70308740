import { join } from "node:path";
import ts from "typescript";
import type { NamedTypes, ObjectSpec, PropertySpec, TypeSpec } from "./types";

const ROOT = join(__dirname, "..", "..");
const ENTRY = join(ROOT, "sdk", "index.ts");

/**
 * Names of the schema for types of the sources whose own names mean something else in generated
 * SDKs.
 */
const TYPE_NAMES: Readonly<Record<string, string>> = { GetVirtualDiskResult: "ChainedDisk" };

/**
 * What programs see of this package: types and docstrings, as the TypeScript compiler reads them.
 */
export class SourceDocs {
  readonly #checker: ts.TypeChecker;
  readonly #exports: ReadonlyMap<string, ts.Symbol>;

  constructor(private readonly types: NamedTypes) {
    const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) =>
      ts.sys.readFile(path),
    ) as {
      config: object;
    };
    const { options } = ts.parseJsonConfigFileContent(
      { ...config, include: [], files: [ENTRY] },
      ts.sys,
      ROOT,
    );
    const program = ts.createProgram([ENTRY], options);
    this.#checker = program.getTypeChecker();
    const entry = program.getSourceFile(ENTRY);
    const module = entry === undefined ? undefined : this.#checker.getSymbolAtLocation(entry);
    const exported = module === undefined ? [] : this.#checker.getExportsOfModule(module);
    this.#exports = new Map(exported.map((symbol) => [symbol.name, this.#resolve(symbol)]));
  }

  /** The docstring of an export, without its tags. */
  describe(name: string): string {
    return this.#textOf(this.#symbolOf(name));
  }

  /** The properties of an exported interface, or the outputs that an exported class declares. */
  readObject(name: string): ObjectSpec {
    const symbol = this.#symbolOf(name);
    const properties = this.#checker
      .getPropertiesOfType(this.#checker.getDeclaredTypeOfSymbol(symbol))
      .filter(
        (property) => !property.name.startsWith("_") && isOurs(property) && !isAccessor(property),
      );
    return this.#toObject(properties, symbol.flags);
  }

  #toObject(properties: readonly ts.Symbol[], flags: ts.SymbolFlags): ObjectSpec {
    const isClass = (flags & ts.SymbolFlags.Class) !== 0;
    const described = properties.map((property) => {
      const plain = this.#plainTypeOf(property);
      const isOptional =
        (property.flags & ts.SymbolFlags.Optional) !== 0 || (isClass && includesUndefined(plain));
      return { name: property.name, spec: this.#toProperty(property, plain), isOptional };
    });
    return {
      properties: Object.fromEntries(described.map(({ name, spec }) => [name, spec])),
      required: described.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
    };
  }

  #toProperty(property: ts.Symbol, type: ts.Type): PropertySpec {
    const description = this.#textOf(property);
    if (description === "") {
      throw new Error(`The property ${property.name} has no description for who hovers over it.`);
    }
    return { description, ...this.#toSpec(property.name, type) };
  }

  /** `Input<T>` and `Output<T>` are `T` to other languages. */
  #plainTypeOf(property: ts.Symbol): ts.Type {
    const declaration = property.valueDeclaration as
      ts.PropertyDeclaration | ts.PropertySignature | undefined;
    const node = declaration?.type;
    return node === undefined
      ? this.#checker.getTypeOfSymbol(property)
      : this.#plainTypeOfNode(node);
  }

  #plainTypeOfNode(node: ts.TypeNode): ts.Type {
    const isWrapped =
      ts.isTypeReferenceNode(node) && /^pulumi\.(?:Input|Output)$/.test(node.typeName.getText());
    const argument = isWrapped ? node.typeArguments?.[0] : undefined;
    return argument === undefined
      ? this.#checker.getTypeFromTypeNode(node)
      : this.#plainTypeOfNode(argument);
  }

  /** The elements of a list may be wrapped once more. */
  #unwrapElement(type: ts.Type): ts.Type {
    return type.aliasSymbol?.name === "Input" ? (type.aliasTypeArguments?.[0] ?? type) : type;
  }

  #toSpec(name: string, declared: ts.Type): TypeSpec {
    const type = this.#checker.getNonNullableType(declared);
    const values = literalsOf(type);
    if (values.length > 0) {
      return this.types.enumOf(nameEnum(name, values), values);
    }
    const [element] = this.#checker.isArrayType(type)
      ? this.#checker.getTypeArguments(type as ts.TypeReference)
      : [];
    if (element !== undefined) {
      return { type: "array", items: this.#toSpec(name, this.#unwrapElement(element)) };
    }
    const text = this.#checker.typeToString(type);
    if (text === "string" || text === "boolean") {
      return { type: text };
    }
    if (text === "number") {
      return { type: isLarge(name) ? "number" : "integer" };
    }
    if (text === "unknown" || text === "{}") {
      return { $ref: "pulumi.json#/Any" };
    }
    const properties = this.#checker.getPropertiesOfType(type);
    return this.types.objectOf(
      TYPE_NAMES[text] ?? text,
      this.#toObject(properties, type.symbol.flags),
    );
  }

  #textOf(symbol: ts.Symbol): string {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
    return text.replaceAll(/\{@link ([^}|]+?)\s*\}/g, "`$1`").replaceAll(/(?<!\n)\n(?!\n)/g, " ");
  }

  #symbolOf(name: string): ts.Symbol {
    const symbol = this.#exports.get(name);
    if (symbol === undefined) {
      throw new Error(`sdk/index.ts exports no ${name}.`);
    }
    return symbol;
  }

  #resolve(symbol: ts.Symbol): ts.Symbol {
    return (symbol.flags & ts.SymbolFlags.Alias) === 0
      ? symbol
      : this.#checker.getAliasedSymbol(symbol);
  }
}

/** Bytes do not fit the 32 bits that an integer has in some languages. */
export function isLarge(name: string): boolean {
  return /bytes$/i.test(name);
}

/** The name of a closed set of values, after the property that has one of them. */
export function nameEnum(property: string, values: readonly (string | number)[]): string {
  if (property === "type") {
    return values.includes("differencing") ? "DiskType" : "VirtualDiskType";
  }
  if (property === "format") {
    return "DiskFormat";
  }
  return isLarge(property)
    ? "SectorSize"
    : `${property.slice(0, 1).toUpperCase()}${property.slice(1)}`;
}

function isOurs(property: ts.Symbol): boolean {
  return (
    property.declarations?.some(
      (declaration) => !declaration.getSourceFile().fileName.includes("node_modules"),
    ) === true
  );
}

function isAccessor(property: ts.Symbol): boolean {
  return (property.flags & (ts.SymbolFlags.Accessor | ts.SymbolFlags.Method)) !== 0;
}

function includesUndefined(type: ts.Type): boolean {
  return (
    type.isUnion() && type.types.some((member) => (member.flags & ts.TypeFlags.Undefined) !== 0)
  );
}

function literalsOf(type: ts.Type): (string | number)[] {
  const members = type.isUnion() ? type.types : [type];
  const values = members.flatMap((member) =>
    member.isStringLiteral() || member.isNumberLiteral() ? [member.value] : [],
  );
  return values.length === members.length ? values : [];
}
