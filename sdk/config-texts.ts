import * as pulumi from "@pulumi/pulumi";
import { SECRET_CONFIG_KEYS } from "../provider/config";

/**
 * The configuration of a provider as Pulumi takes it: each value as a string, as `pulumi config`
 * would give it. Some strings are secret, whatever the program declares.
 *
 * @param args the configuration; values that are `undefined` are left out
 */
export function listConfigTexts(args: object): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(args)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [
        key,
        SECRET_CONFIG_KEYS.includes(key) ? pulumi.secret(toText(value)) : toText(value),
      ]),
  );
}

const PROVIDER_BRAND = Symbol.for("pulumi-vhd.Provider");

/** A provider of this package, through either door, as functions that run in the program see it. */
export interface ConfiguredProvider extends pulumi.ProviderResource {
  /** The configuration as strings. */
  readonly config: pulumi.Output<Record<string, string>>;
}

/** Marks a provider as one of this package, for whichever copy of the package looks at it. */
export function markAsProvider(provider: ConfiguredProvider): void {
  Object.defineProperty(provider, PROVIDER_BRAND, { value: true, enumerable: false });
}

/** Whether a provider is one of this package. */
export function isConfiguredProvider(
  provider: pulumi.ProviderResource | undefined,
): provider is ConfiguredProvider {
  return provider !== undefined && PROVIDER_BRAND in provider;
}

function toText(value: unknown): pulumi.Output<string> {
  const plain: pulumi.Output<unknown> = pulumi.output(value);
  return plain.apply((known) => (typeof known === "string" ? known : JSON.stringify(known)));
}
