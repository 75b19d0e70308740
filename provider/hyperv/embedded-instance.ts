import { XMLParser, XMLValidator } from "fast-xml-parser";
import { DiskError } from "../disk/errors";
import type { CimInstance, CimProperties, CimType, CimValue } from "./cim";
import { memberTypeOf, textOf } from "./cim-values";

/*
 * Methods of the image management service take and give objects as text: CIM-XML, DTD 2.0. A parameter declared as an
 * embedded instance is a string on the wire; passing an instance itself is refused with a type mismatch.
 */

/**
 * Writes an object as the text that a parameter for an embedded instance expects.
 *
 * @param instance with scalars and lists of texts, numbers and booleans; members without a value are left out
 * @throws InvalidInput when a text holds a character that XML cannot carry
 * @see DSP0201 (Representation of CIM in XML) 2.3; the WS-Management form of the same object is refused by the service
 */
export function serializeEmbeddedInstance(instance: CimInstance): string {
  const members = Object.entries(instance.properties).map(([name, value]) => serializeProperty(name, value));
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
  if (typeof value === "object") {
    throw new DiskError("Internal", { what: "an object cannot be embedded in an embedded object" });
  }
  return `<VALUE>${escapeXml(String(value))}</VALUE>`;
}

// eslint-disable-next-line no-control-regex -- the characters that XML 1.0 has no spelling for
const UNSPEAKABLE =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function escapeXml(text: string): string {
  if (UNSPEAKABLE.test(text)) {
    throw new DiskError("InvalidInput", {
      what: "the text contains a character that cannot be sent to a Hyper-V host",
      subject: JSON.stringify(text),
      remedy: "Remove control characters and broken surrogate pairs.",
    });
  }
  return text.replaceAll(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Reads an object from the text of an embedded instance. Members may lack a value, be unknown or come in any order.
 *
 * @param text CIM-XML
 * @param subject what the text belongs to, for messages
 * @throws Internal when the text is no such object, a truncated one above all
 */
export function parseEmbeddedInstance(text: string, subject: string): CimInstance {
  // Checked first: the parser itself closes elements that a truncated text leaves open.
  const validity = XMLValidator.validate(text);
  const root = validity === true ? (PARSER.parse(text) as XmlDocument).INSTANCE : undefined;
  if (root === undefined || typeof root !== "object" || root.CLASSNAME === undefined) {
    throw unreadable(subject, validity === true ? "it holds no INSTANCE element" : validity.err.msg);
  }
  const scalars = (root.PROPERTY ?? []).map((member) => parseProperty(member, subject));
  const lists = (root["PROPERTY.ARRAY"] ?? []).map((member) => parseList(member, subject));
  return { className: root.CLASSNAME, properties: Object.fromEntries([...scalars, ...lists]) };
}

/**
 * Reads an object that a method gave as embedded instance, whether the session passed it on as text or as object.
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

interface XmlMember {
  readonly NAME?: string;
  readonly TYPE?: string;
  readonly VALUE?: readonly string[];
  readonly "VALUE.ARRAY"?: "" | { readonly VALUE?: readonly string[] };
}

interface XmlDocument {
  readonly INSTANCE?: {
    readonly CLASSNAME?: string;
    readonly PROPERTY?: readonly XmlMember[];
    readonly "PROPERTY.ARRAY"?: readonly XmlMember[];
  };
}

const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Numeric character references, which hosts use for everything beyond ASCII, hide behind this option.
  htmlEntities: true,
  isArray: (name) => name === "PROPERTY" || name === "PROPERTY.ARRAY" || name === "VALUE",
});

function parseProperty(member: XmlMember, subject: string): [string, CimValue] {
  const type = typeNamed(member.TYPE);
  return [member.NAME ?? "", toValue(type, member.VALUE?.[0], subject)];
}

function parseList(member: XmlMember, subject: string): [string, CimValue] {
  const type = typeNamed(member.TYPE);
  const list = member["VALUE.ARRAY"];
  const texts = list === undefined ? undefined : list === "" ? [] : (list.VALUE ?? []);
  const values = texts?.map((text) => toValue(type, text, subject).value) ?? null;
  return [member.NAME ?? "", { type: `${type}[]`, value: values } as CimValue];
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

function toValue(type: ScalarType, text: string | undefined, subject: string): CimValue {
  if (type === "string" || type === "datetime") {
    return { type, value: text ?? null };
  }
  if (text === undefined || text === "") {
    return { type, value: null } as CimValue;
  }
  if (type === "boolean") {
    return { type, value: text.toLowerCase() === "true" };
  }
  if (!/^-?[0-9]{1,20}$/.test(text)) {
    throw unreadable(subject, `${JSON.stringify(text)} is no ${type}`);
  }
  return { type, value: type === "uint64" || type === "sint64" ? BigInt(text) : Number(text) } as CimValue;
}

function unreadable(subject: string, reason: string): DiskError {
  return new DiskError("Internal", {
    what: "an object that the host sent cannot be read",
    subject,
    facts: { reason },
    remedy: "Report this together with the Windows version of the host.",
  });
}
