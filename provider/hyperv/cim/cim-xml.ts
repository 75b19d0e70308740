import { DiskError } from "../../disk/errors";

/** An element of a CIM-XML text. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All character data of the element itself, decoded. */
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** What may stand at any place of a text, each anchored where the last one ended. */
const SKIPPED = /<\?[^>]*\?>|<!--[^]*?-->|<!DOCTYPE[^[>]*>/y;
const CHARACTER_DATA = /<!\[CDATA\[([^]*?)\]\]>/y;
const END_TAG = /<\/([\w.:-]+)\s*>/y;
const START_TAG = /<([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const TEXT = /[^<]+/y;

/**
 * Reads the subset of XML in which hosts write objects: elements, attributes, text, CDATA; no
 * entities of its own.
 *
 * @returns the root element
 * @throws Internal when the text is not well-formed, a truncated one above all
 */
export function parseCimXml(text: string): XmlElement {
  const root = openElement("", "");
  const open = [root];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const match = pattern.exec(text) ?? undefined;
    position += match?.[0].length ?? 0;
    return match;
  };
  while (position < text.length) {
    const current = open.at(-1) ?? root;
    const start = take(START_TAG);
    if (start !== undefined) {
      const element = openElement(start[1] ?? "", start[2] ?? "");
      current.children.push(element);
      if (start[3] === "") {
        open.push(element);
      }
      continue;
    }
    const end = take(END_TAG);
    if (end !== undefined) {
      assertClosed(open.pop(), end[1] ?? "", position);
      continue;
    }
    const data = take(CHARACTER_DATA);
    const characters = data === undefined ? take(TEXT) : undefined;
    current.text += data?.[1] ?? decodeText(characters?.[0] ?? "");
    if (data === undefined && characters === undefined && take(SKIPPED) === undefined) {
      throw malformed(`it cannot be parsed from character ${position} on`);
    }
  }
  const [element] = root.children;
  if (open.length !== 1 || element === undefined) {
    throw malformed("it ends too early");
  }
  return element;
}

/** Replaces what stands for characters by the characters. */
function decodeText(text: string): string {
  return text.replaceAll(/&([^;&]*);?/g, (reference, name: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name);
    if (code !== null) {
      const point = code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : reference;
    }
    const character = ENTITIES[name];
    if (character === undefined) {
      throw malformed(`it refers to ${JSON.stringify(reference)}, which is not known`);
    }
    return character;
  });
}

interface OpenElement {
  name: string;
  attributes: Record<string, string>;
  children: OpenElement[];
  text: string;
}

function openElement(name: string, attributes: string): OpenElement {
  const pairs = [...attributes.matchAll(ATTRIBUTE)].map(
    ([, key = "", double, single]): [string, string] => [key, decodeText(double ?? single ?? "")],
  );
  return { name, attributes: Object.fromEntries(pairs), children: [], text: "" };
}

function assertClosed(element: OpenElement | undefined, name: string, position: number): void {
  if (element?.name !== name) {
    throw malformed(
      `${name} is closed at character ${position}, but was not the last element to be opened`,
    );
  }
}

function malformed(reason: string): DiskError {
  return new DiskError("Internal", {
    what: "an object that the host sent is not well-formed",
    facts: { reason },
    remedy: "Report this together with the Windows version of the host.",
  });
}
