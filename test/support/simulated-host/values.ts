import type {
  CimProperties,
  CimReference,
  CimValue,
} from "../../../provider/hyperv/cim/cim-session";

/*
 * Values as a host makes and reads them: written from what CIM says about them, not with the provider's code, so that a
 * mistake there is not repeated here.
 */

export const cimString = (value: string): CimValue => ({ type: "string", value });
export const cimStrings = (value: readonly string[]): CimValue => ({ type: "string[]", value });
export const cimBoolean = (value: boolean): CimValue => ({ type: "boolean", value });
export const cimUint16 = (value: number): CimValue => ({ type: "uint16", value });
export const cimUint32 = (value: number): CimValue => ({ type: "uint32", value });
export const cimUint64 = (value: bigint | number): CimValue => ({
  type: "uint64",
  value: BigInt(value),
});
export const cimReference = (value: CimReference): CimValue => ({ type: "reference", value });

/** @returns `undefined` for what was not passed, and for what was passed as NULL */
function valueOf(args: CimProperties, name: string): unknown {
  return args[name]?.value ?? undefined;
}

export function textOf(args: CimProperties, name: string): string | undefined {
  return valueOf(args, name) as string | undefined;
}

export function textsOf(args: CimProperties, name: string): readonly string[] | undefined {
  return valueOf(args, name) as readonly string[] | undefined;
}

export function booleanOf(args: CimProperties, name: string): boolean | undefined {
  return valueOf(args, name) as boolean | undefined;
}

export function numberOf(args: CimProperties, name: string): number | undefined {
  const value = valueOf(args, name);
  return value === undefined ? undefined : Number(value);
}

export function referenceOf(args: CimProperties, name: string): CimReference | undefined {
  return valueOf(args, name) as CimReference | undefined;
}

const TO_XML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => TO_XML[character] ?? character);
}

function unescape(text: string): string {
  return text
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, 16)),
    )
    .replaceAll(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

/**
 * Writes the text of an embedded instance as hosts do: a property without a value is there, says
 * `PROPAGATED` and has no VALUE.
 *
 * @param emptyNames of properties without a value
 * @see corpus/wsman/invoke_response_get_vhd.xml
 */
export function embed(
  className: string,
  properties: CimProperties,
  emptyNames: readonly string[] = [],
): string {
  const members = Object.entries(properties).map(([name, { type, value }]) => {
    const attributes = `NAME="${name}" TYPE="${type.replace("[]", "")}"`;
    if (Array.isArray(value)) {
      const items = value.map((item) => `<VALUE>${escape(String(item))}</VALUE>`).join("");
      return `<PROPERTY.ARRAY ${attributes}><VALUE.ARRAY>${items}</VALUE.ARRAY></PROPERTY.ARRAY>`;
    }
    const text = typeof value === "boolean" ? String(value).toUpperCase() : String(value);
    return `<PROPERTY ${attributes}><VALUE>${escape(text)}</VALUE></PROPERTY>`;
  });
  const empty = emptyNames.map(
    (name) => `<PROPERTY NAME="${name}" PROPAGATED="true" TYPE="string"></PROPERTY>`,
  );
  return `<INSTANCE CLASSNAME="${className}">${members.join("")}${empty.join("")}</INSTANCE>`;
}

const PROPERTY =
  /<PROPERTY NAME="([^"]+)" TYPE="([^"]+)">\s*<VALUE>([^<]*)<\/VALUE>\s*<\/PROPERTY>/g;

/**
 * Reads the scalars of an embedded instance, each as a text. @throws where it is no instance of the
 * class
 */
export function readEmbedded(text: string, className: string): Readonly<Record<string, string>> {
  if (!text.startsWith(`<INSTANCE CLASSNAME="${className}">`) || !text.endsWith("</INSTANCE>")) {
    throw new Error(`not the text of a ${className}: ${text}`);
  }
  return Object.fromEntries(
    [...text.matchAll(PROPERTY)].map(([, name, , value]) => [name, unescape(value ?? "")]),
  );
}
