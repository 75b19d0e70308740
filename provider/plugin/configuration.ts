import {
  CONFIG_KEYS,
  type ConfigSource,
  SECRET_CONFIG_KEYS,
  describeStrangeKey,
  listConfigProblems,
  listSecretValues,
} from "../config";
import type { CheckFailure, Properties } from "../resources/resource";
import { isUnknown } from "../resources/unknown";

/** What the engine itself puts beside the configuration. */
const ENGINE_KEYS: readonly string[] = ["version", "pluginDownloadURL", "pluginChecksums"];

/** What a check of a configuration found. */
export interface CheckedConfiguration {
  /** The values, each as a text, as `pulumi config` would give it. */
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

/** Checks the inputs of a provider, and refuses keys that there are not. */
export function checkConfiguration(inputs: Properties): CheckedConfiguration {
  const texts = Object.fromEntries(
    Object.entries(inputs).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, toText(value)]],
    ),
  );
  const keys = Object.keys(texts).filter(
    (key) => !key.startsWith("__") && !ENGINE_KEYS.includes(key),
  );
  const strangeKeys = keys.filter((key) => !CONFIG_KEYS.includes(key)).toSorted();
  const unknownKeys = keys.filter((key) => isUnknown(texts[key]));
  const known = Object.fromEntries(
    keys.filter((key) => !unknownKeys.includes(key)).map((key) => [key, texts[key]]),
  );
  const problems = listConfigProblems((key) => known[key], unknownKeys);
  return {
    inputs: texts,
    failures: [
      ...strangeKeys.map((property) => ({
        property,
        reason: `This configuration key does not exist. ${describeStrangeKey(property)}`,
      })),
      ...problems.map(({ key, problem }) => ({ property: key, reason: `The value ${problem}.` })),
    ],
  };
}

/** The names of values that are secret whether the program says so or not. */
export function listSecretNames(inputs: Properties): string[] {
  return SECRET_CONFIG_KEYS.filter((key) => inputs[key] !== undefined);
}

/** The configuration of a running provider, and what of it must never be seen. */
export class Configuration {
  #values: ReadonlyMap<string, string> = new Map();

  /** Where lifecycles read the configuration. */
  readonly source: ConfigSource = (key) => this.#values.get(key);

  /** Takes the values over. @param inputs as {@link checkConfiguration} returned them */
  set(inputs: Properties): void {
    this.#values = new Map(
      Object.entries(inputs).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, toText(value)]],
      ),
    );
  }

  /** Texts that must appear nowhere. */
  get secretValues(): readonly string[] {
    return listSecretValues(this.source);
  }
}

/** Generated SDKs write values that are not texts as JSON; YAML programs send them as they are. */
function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
