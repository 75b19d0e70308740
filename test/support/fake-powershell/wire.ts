import type {
  CimClassName,
  CimInstance,
  CimProperties,
  CimReference,
  CimValue,
} from "../../../provider/hyperv/cim/cim-session";

/*
 * The other side of the protocol, written from what cim-bridge.ps1 does and not from bridge-protocol.ts, so that a mistake
 * there is not repeated here.
 */

/** A request as it comes off the line. */
export interface WireRequest {
  readonly id: number;
  readonly operation: "get" | "class" | "query" | "associated" | "invoke" | "connect";
  readonly target?: WireTarget;
  readonly filter?: string;
  readonly properties?: readonly string[];
  readonly result?: string;
  readonly association?: string;
  readonly method?: string;
  readonly arguments?: readonly WireTriple[];
  readonly computerName?: string;
  readonly user?: string;
  readonly password?: string;
}

interface WireTarget {
  readonly namespace: string;
  readonly className: string;
  readonly keys?: readonly WireTriple[];
}

type WireTriple = readonly [name: string, type: string, value: unknown];

/** As `Read-Text`. */
export function readText(text: unknown): string {
  if (typeof text !== "string" || !text.startsWith("=")) {
    throw new Error(`not a text of the protocol: ${JSON.stringify(text)}`);
  }
  return text.slice(1);
}

/** As `Read-Values`. */
export function readValues(triples: readonly WireTriple[]): CimProperties {
  return Object.fromEntries(
    triples.map(([name, type, value]): [string, CimValue] => [
      readText(name),
      { type: typeName(type), value: readValue(type, value) } as CimValue,
    ]),
  );
}

/** As `Read-Reference`, or a class where there are no keys. */
export function readTarget(target: WireTarget): CimReference | CimClassName {
  const name = { namespace: readText(target.namespace), className: readText(target.className) };
  return target.keys === undefined ? name : { ...name, keys: readValues(target.keys) };
}

function typeName(wireType: string): string {
  return wireType.endsWith("Array")
    ? `${wireType.slice(0, -5).toLowerCase()}[]`
    : wireType.toLowerCase();
}

function readValue(type: string, value: unknown): unknown {
  if (value === null) {
    return null;
  }
  if (type.endsWith("Array")) {
    return (value as unknown[]).map((item) => readValue(type.slice(0, -5), item));
  }
  if (type === "Reference") {
    return readTarget(value as WireTarget);
  }
  const text = readText(value);
  if (type.endsWith("Int64")) {
    return BigInt(text);
  }
  return /Int\d+$/.test(type) ? Number(text) : type === "Boolean" ? text === "true" : text;
}

const NET_NAMES: Readonly<Record<string, string>> = {
  string: "String",
  boolean: "Boolean",
  datetime: "DateTime",
  reference: "Reference",
  instance: "Instance",
  char16: "Char16",
  real32: "Real32",
  real64: "Real64",
};

/** As `Write-Instance`; null properties are left out. */
export function writeInstance(instance: CimInstance): object {
  return {
    namespace: instance.reference?.namespace.replaceAll("\\", "/") ?? null,
    className: instance.className,
    keys: Object.keys(instance.reference?.keys ?? {}),
    properties: writeProperties({ ...instance.properties, ...instance.reference?.keys }),
  };
}

/** As the list of triples in `Write-Instance` and `Write-Outputs`. */
export function writeProperties(properties: CimProperties): unknown[] {
  return Object.entries(properties)
    .filter(([, property]) => property.value !== null)
    .map(([name, property]) => {
      const memberType = property.type.replace("[]", "");
      const netName =
        NET_NAMES[memberType] ??
        memberType.replace(/^([us])int/, (_, sign: string) => `${sign.toUpperCase()}Int`);
      const isList = property.type.endsWith("[]");
      return [
        name,
        isList ? `${netName}Array` : netName,
        writeValue(memberType, isList, property.value),
      ];
    });
}

function writeValue(memberType: string, isList: boolean, value: unknown): unknown {
  if (!isList) {
    return writeMember(memberType, value);
  }
  const members = (value as unknown[]).map((member) => writeMember(memberType, member));
  return /int/.test(memberType) ? members.join(",") : members;
}

function writeMember(type: string, value: unknown): unknown {
  switch (type) {
    case "reference": {
      const reference = value as CimReference;
      return writeInstance({ className: reference.className, reference, properties: {} });
    }
    case "instance":
      return writeInstance(value as CimInstance);
    case "boolean":
      return value === true ? "True" : "False";
    default:
      return String(value);
  }
}
