import * as pulumi from "@pulumi/pulumi";
import type { ProviderArgs } from "../provider";

/**
 * As `Provider` of `pulumi-vhd`, for resources and data sources of the plugin.
 *
 * @example
 * ```ts
 * const host = new vhd.Provider("host-7", {
 *   backend: "hyperv",
 *   host: "hv7.example.com",
 *   user: "automation",
 * });
 * ```
 */
export class Provider extends pulumi.ProviderResource {
  /**
   * @param name unique in the stack; @param args the configuration; @param opts Pulumi's options
   */
  constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
    // Pulumi takes nothing but strings for the configuration of a provider; other values travel as
    // JSON.
    const texts = Object.entries(args)
      .filter(([, value]) => value !== undefined)
      .map(
        ([key, value]) =>
          [key, key === "password" ? pulumi.secret(toText(value)) : toText(value)] as const,
      );
    super("vhd", name, Object.fromEntries(texts), opts);
  }
}

function toText(value: unknown): pulumi.Output<string> {
  const plain: pulumi.Output<unknown> = pulumi.output(value);
  return plain.apply((known) => (typeof known === "string" ? known : JSON.stringify(known)));
}
