import type { Exchange, Transcript } from "./transcript";

/** What may stay in a transcript because it names nobody. */
export interface AnonymizerOptions {
  /** Texts that this package itself sends. */
  readonly kept: readonly string[];
  /** Properties whose texts are those of Windows, such as `Win32_OperatingSystem.Version`. */
  readonly keptProperties: readonly string[];
}

const GUID = /[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}/gi;
const PATH = /(?:[A-Za-z]:|\\\\[^\\"'<>|*?\r\n]+)\\[^"'<>|*?\r\n]*/g;
const IMAGE_EXTENSION = /\.(?:a?vhdx?|vhds|rct|mrt)$/i;
/** What Windows itself puts around the GUIDs of its ids. */
const ID_WORDS = /^(?:Microsoft|Definition|[A-Z]|\d{1,3})$/i;
/** Names of Windows, which say nothing about who uses it. */
const PUBLIC = /^(?:(?:CIM|Msvm|Win32)_\w+|root(?:\\\w+)*|[A-Z]:|\d*)$/i;
/** The members of requests and answers that hold no text of the host. */
const STRUCTURAL = new Set([
  "type",
  "className",
  "namespace",
  "method",
  "kind",
  "category",
  "error",
  // The names of those that are asked for.
  "properties",
]);
const MESSAGE = "left out of the transcript";
const ERROR_ID = /^(?:HRESULT 0x[0-9a-f]{8}|\w+),Microsoft(?:\.\w+)+$/i;

/**
 * Takes all out of a transcript that names a machine, a person, a file or a host: equal texts are
 * replaced by equal ones, so that it can be played back. Numbers, types and names of classes stay;
 * the messages of the host, which may say anything, go.
 *
 * What is not known to be harmless is replaced: the rule errs towards too little.
 */
export function anonymize(transcript: Transcript, options: AnonymizerOptions): Transcript {
  return { exchanges: new Anonymizer(options).rewriteAll(transcript.exchanges) };
}

class Anonymizer {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(readonly options: AnonymizerOptions) {}

  rewriteAll(exchanges: readonly Exchange[]): Exchange[] {
    return exchanges.map(({ method, request, outcome }) => {
      const isAboutClass = method === "hasClass" || method === "listMethods";
      return {
        method,
        request: isAboutClass ? request : request.map((each) => this.#rewrite(each)),
        outcome:
          isAboutClass && "answer" in outcome
            ? outcome
            : (this.#rewrite(outcome) as Exchange["outcome"]),
      };
    });
  }

  #rewrite(value: unknown, name = "", ofClass = ""): unknown {
    if (typeof value === "string") {
      return this.#rewriteText(value, name, ofClass);
    }
    if (Array.isArray(value)) {
      return value.map((each) => this.#rewrite(each, name, ofClass));
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const className = "className" in value ? String(value.className) : ofClass;
    // A typed value is known by the name of its property.
    const isTyped = "type" in value && "value" in value;
    const members = Object.entries(value).map(([member, each]): [string, unknown] => [
      member,
      this.#rewrite(each, isTyped && member === "value" ? name : member, className),
    ]);
    return Object.fromEntries(members);
  }

  #rewriteText(text: string, name: string, className: string): string {
    const { kept, keptProperties } = this.options;
    const isKept = kept.includes(text) || keptProperties.includes(`${className}.${name}`);
    if (isKept || STRUCTURAL.has(name) || PUBLIC.test(text)) {
      return text;
    }
    if (name === "message") {
      return MESSAGE;
    }
    if (name === "fullyQualifiedErrorId") {
      return ERROR_ID.test(text) ? text : "";
    }
    return this.#replaceWhole(text);
  }

  /** A path stays a path, an id an id; anything else becomes a word. */
  #replaceWhole(text: string): string {
    if (new RegExp(`^(?:${PATH.source})$`).test(text)) {
      return this.#replacePath(text);
    }
    const words = text.replaceAll(GUID, "").split(/[^\w]+/);
    const isId =
      text.search(GUID) !== -1 && words.every((word) => word === "" || ID_WORDS.test(word));
    return isId ? this.#replaceGuids(text) : this.#replace("text", text);
  }

  #replaceGuids(text: string): string {
    return text.replaceAll(GUID, (guid) =>
      guid.startsWith("00000000-")
        ? guid
        : this.#replace("guid", guid, (count) => `00000000-0000-4000-8000-${pad(count)}`),
    );
  }

  #replacePath(path: string): string {
    return path
      .split("\\")
      .map((segment, index) =>
        segment === "" || (index === 0 && /^[A-Za-z]:$/.test(segment))
          ? segment
          : this.#replaceSegment(segment),
      )
      .join("\\");
  }

  #replaceSegment(segment: string): string {
    const extension = IMAGE_EXTENSION.exec(segment)?.[0] ?? "";
    return this.#replace("name", segment.slice(0, segment.length - extension.length)) + extension;
  }

  #replace(
    kind: string,
    original: string,
    format = (count: number): string => `${kind}-${count}`,
  ): string {
    const key = original.toLowerCase();
    const known = this.#names.get(key);
    // What was put in place of something is never replaced again.
    if (known !== undefined || /^(?:text|name)-\d+$/.test(original)) {
      return known ?? original;
    }
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    this.#names.set(key, format(count));
    return format(count);
  }
}

function pad(count: number): string {
  return count.toString(16).padStart(12, "0");
}
