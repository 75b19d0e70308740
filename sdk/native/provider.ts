import * as pulumi from "@pulumi/pulumi";
import { listConfigTexts, markAsProvider } from "../config-texts";
import type { ProviderArgs } from "../provider";

/**
 * Like `Provider` of `pulumi-vhd`, for resources and data sources of the plugin.
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
  readonly #config: pulumi.Output<Record<string, string>>;

  /**
   * @param name unique in the stack; @param args the configuration; @param opts Pulumi's options
   */
  constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
    const texts = listConfigTexts(args);
    super("vhd", name, texts, opts);
    this.#config = pulumi.output(texts);
    markAsProvider(this);
  }

  /** The configuration as strings, for `openVirtualDisk`, which runs in the program itself. */
  get config(): pulumi.Output<Record<string, string>> {
    return this.#config;
  }
}
