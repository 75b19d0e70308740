import * as pulumi from "@pulumi/pulumi";
import { listConfigTexts } from "../config-texts";
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
    super("vhd", name, listConfigTexts(args), opts);
  }
}
