import type { Properties } from "../resources/resource";
import { UNKNOWN_VALUE } from "../resources/unknown";
import { Struct } from "./peer";

/** The member that says what an object stands for. */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** What the engine sends for a value it does not know yet, one text for each type of value. */
const UNKNOWN_VALUES: ReadonlySet<unknown> = new Set([
  UNKNOWN_VALUE,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Properties without Pulumi's wrapping, and what the wrapping said. */
export interface ReceivedProperties {
  /** Plain values; one that is not known yet is `UNKNOWN_VALUE`. */
  readonly values: Properties;
  /** The names of those that are secret, or hold something that is. */
  readonly secretNames: ReadonlySet<string>;
}

/** Takes Pulumi's wrapping off properties. */
export function readProperties(struct: Struct | undefined): ReceivedProperties {
  const values: Record<string, unknown> = {};
  const secretNames = new Set<string>();
  for (const [name, wrapped] of Object.entries(struct?.toJavaScript() ?? {})) {
    values[name] = unwrap(wrapped, () => secretNames.add(name));
  }
  return { values, secretNames };
}

/**
 * Wraps properties for Pulumi. Values that are `undefined` are left out, at any depth, because
 * Pulumi cannot carry them.
 *
 * @param secretNames which of them are secret
 */
export function writeProperties(
  values: Properties,
  secretNames: ReadonlySet<string> = new Set(),
): Struct {
  const plain = JSON.parse(JSON.stringify(values)) as Record<string, unknown>;
  for (const name of Object.keys(plain).filter((key) => secretNames.has(key))) {
    plain[name] = { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: plain[name] };
  }
  return Struct.fromJavaScript(plain as Parameters<typeof Struct.fromJavaScript>[0]);
}

function unwrap(value: unknown, onSecret: () => void): unknown {
  if (UNKNOWN_VALUES.has(value)) {
    return UNKNOWN_VALUE;
  }
  if (Array.isArray(value)) {
    return value.map((element) => unwrap(element, onSecret));
  }
  if (typeof value !== "object" || value === null) {
    return value ?? undefined;
  }
  const members = value as Record<string, unknown>;
  if (members[SIGNATURE_KEY] === SECRET_SIGNATURE) {
    onSecret();
    return unwrap(members["value"], onSecret);
  }
  if (members[SIGNATURE_KEY] === OUTPUT_SIGNATURE) {
    if (members["secret"] === true) {
      onSecret();
    }
    return "value" in members ? unwrap(members["value"], onSecret) : UNKNOWN_VALUE;
  }
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, unwrap(member, onSecret)]),
  );
}
