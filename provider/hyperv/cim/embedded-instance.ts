import { DiskError } from "../../disk/errors";
import type { CimInstance, CimProperties, CimType, CimValue } from "./cim-session";
import { memberTypeOf, textOf } from "./cim-values";
import { type XmlElement, parseCimXml } from "./cim-xml";

/*
 * Methods of the image management service take and give objects as text: CIM-XML, DTD 2.0. A
 * parameter declared as an embedded instance is a string on the wire; passing an instance itself is
 * refused with a type mismatch.
 */

/**
 * Writes an object as the text that a parameter for an embedded instance expects.
 *
 * @param instance with scalars and lists of texts, numbers and booleans; members without a value
 *   are left out
 * @throws InvalidInput when a text holds a character that XML cannot carry
 * @see DSP0201 (Representation of CIM in XML) 2.3; the WS-Management form of the same object is
 *   refused by the service
 */
export function serializeEmbeddedInstance(instance: CimInstance): string {
  const members = Object.entries(instance.properties).map(([name, value]) =>
    serializeProperty(name, value),
  );
  return `<INSTANCE CLASSNAME="${escapeXml(instance.className)}">${members.join("")}</INSTANCE>`;
}

function serializeProperty(name: string, property: CimValue): string {
  if (property.value === null) {
    return "";
  }
  const attributes = `NAME="${escapeXml(name)}" TYPE="${memberTypeOf(property.type)}"`;
  if (Array.isArray(property.value)) {
    const items = property.value.map(serializeValue).join("");
    return `<PROPERTY.ARRAY ${attributes}><VALUE.ARRAY>${items}</VALUE.ARRAY></PROPERTY.ARRAY>`;
  }
  return `<PROPERTY ${attributes}>${serializeValue(property.value)}</PROPERTY>`;
}

function serializeValue(value: unknown): string {
  if (
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "bigint" ||
    typeof value === "boolean"
  ) {
    return `<VALUE>${escapeXml(String(value))}</VALUE>`;
  }
  throw new DiskError("Internal", { what: "an object cannot be embedded in an embedded object" });
}

/** The characters that XML 1.0 has no spelling for. */
const UNSPEAKABLE =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function escapeXml(text: string): string {
  if (UNSPEAKABLE.test(text)) {
    throw new DiskError("InvalidInput", {
      what: "the string contains a character that cannot be sent to a Hyper-V host",
      subject: JSON.stringify(text),
      remedy: "Remove control characters and broken surrogate pairs.",
    });
  }
  return text.replaceAll(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Reads an object from the text of an embedded instance. Members may lack a value, be unknown or
 * come in any order.
 *
 * @param text CIM-XML
 * @param subject what the text belongs to, for messages
 * @throws Internal when the text is no such object, a truncated one above all
 */
export function parseEmbeddedInstance(text: string, subject: string): CimInstance {
  const root = parseCimXml(text);
  const className = root.attributes["CLASSNAME"];
  if (root.name !== "INSTANCE" || className === undefined) {
    throw unreadable(subject, `it begins with ${root.name}`);
  }
  const members = root.children.flatMap((member) => parseMember(member, subject));
  return { className, properties: Object.fromEntries(members) };
}

/**
 * Reads an object that a method gave as embedded instance, whether the session passed it on as text
 * or as object.
 *
 * @param outputs of the method
 * @param name of the parameter
 * @returns `undefined` where the host has no value
 */
export function embeddedInstanceOf(outputs: CimProperties, name: string): CimInstance | undefined {
  const output = outputs[name];
  if (output?.type === "instance") {
    return output.value ?? undefined;
  }
  const text = textOf(outputs, name);
  return text === undefined || text === "" ? undefined : parseEmbeddedInstance(text, name);
}

type ScalarType = Exclude<CimType, `${string}[]`>;

const TYPES: readonly ScalarType[] = [
  "boolean",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "sint8",
  "sint16",
  "sint32",
  "sint64",
  "datetime",
];

function typeNamed(name: string | undefined): ScalarType {
  return TYPES.find((known) => known === name) ?? "string";
}

/** @returns nothing for qualifiers, references and whatever else an object may hold */
function parseMember(member: XmlElement, subject: string): [string, CimValue][] {
  const { NAME: name = "", TYPE: typeName } = member.attributes;
  const type = typeNamed(typeName);
  if (member.name === "PROPERTY") {
    return [[name, toValue(type, childrenOf(member, "VALUE")[0]?.text, subject)]];
  }
  if (member.name === "PROPERTY.ARRAY") {
    const [list] = childrenOf(member, "VALUE.ARRAY");
    const items = list === undefined ? null : childrenOf(list, "VALUE");
    const value = items?.map((item) => toValue(type, item.text, subject).value) ?? null;
    return [[name, { type: `${type}[]`, value } as CimValue]];
  }
  return [];
}

function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

function toValue(type: ScalarType, text: string | undefined, subject: string): CimValue {
  if (type === "string" || type === "datetime") {
    return { type, value: text ?? null };
  }
  if (text === undefined || text === "") {
    return { type, value: null };
  }
  if (type === "boolean") {
    return { type, value: text.toLowerCase() === "true" };
  }
  if (!/^-?[0-9]{1,20}$/.test(text)) {
    throw unreadable(subject, `${JSON.stringify(text)} is not a ${type}`);
  }
  return {
    type,
    value: type === "uint64" || type === "sint64" ? BigInt(text) : Number(text),
  } as CimValue;
}

function unreadable(subject: string, reason: string): DiskError {
  return new DiskError("Internal", {
    what: "an object that the host sent cannot be read",
    subject,
    facts: { reason },
    remedy: "Report this together with the Windows version of the host.",
  });
}
