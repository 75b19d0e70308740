import * as pulumi from "@pulumi/pulumi";
import { SECRET_CONFIG_KEYS } from "../provider/config";

/**
 * The configuration of a provider as Pulumi takes it: each value as a text, as `pulumi config` would
 * give it. A text keeps to itself whether it is secret; some are, whatever the program says.
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

function toText(value: unknown): pulumi.Output<string> {
  const plain: pulumi.Output<unknown> = pulumi.output(value);
  return plain.apply((known) => (typeof known === "string" ? known : JSON.stringify(known)));
}
