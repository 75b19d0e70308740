import * as pulumi from "@pulumi/pulumi";

/** The configuration of one backend; docs/configuration.md tells about each key. */
export interface ProviderArgs {
  /** `embedded`, the default: plain files of the machine that runs Pulumi. */
  readonly backend?: pulumi.Input<"embedded">;
  /** Full paths of folders that are searched for children of a disk, besides its own folder. */
  readonly searchFolders?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * One place where disks live, with a configuration of its own. Resources and data sources take it as `{ provider }`.
 *
 * @example
 * ```ts
 * const shared = new vhd.Provider("shared", { searchFolders: ["/srv/jobs"] });
 * new vhd.VirtualDisk("base", { path: "/srv/golden/base.vhdx", sizeBytes: 2 ** 30 }, { provider: shared });
 * ```
 */
export class Provider extends pulumi.ProviderResource {
  readonly #config: pulumi.Output<Record<string, string>>;

  /** @param name unique in the stack; @param args the configuration; @param opts Pulumi's options */
  constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
    const config = pulumi.output({ ...args }).apply(toTexts);
    const keys = Object.keys(args);
    const inputs = Object.fromEntries(keys.map((key) => [`vhd:${key}`, config.apply((texts) => texts[key])]));
    // Dynamic resources are served by the package "pulumi-nodejs", and so are those of this provider.
    super("pulumi-nodejs", name, inputs, opts);
    this.#config = config;
  }

  /** The configuration as texts, for data sources, which run in the program itself. */
  get config(): pulumi.Output<Record<string, string>> {
    return this.#config;
  }
}

/** Configuration travels as texts, as `pulumi config` would give them. */
function toTexts(args: object): Record<string, string> {
  const entries = Object.entries(args as Record<string, unknown>).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
