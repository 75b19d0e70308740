import * as pulumi from "@pulumi/pulumi";
import { listConfigTexts, markAsProvider } from "./config-texts";

/** The configuration of one place that has disks; docs/configuration.md explains each key. */
export interface ProviderArgs {
  /**
   * `embedded`: plain files of the machine that runs Pulumi. `hyperv`: the disks of a Hyper-V host.
   * By default `hyperv` where `host` or `transport` is given, else `embedded`.
   */
  readonly backend?: pulumi.Input<"embedded" | "hyperv" | undefined>;
  /** Full paths of folders to search for children of a disk, in addition to its own folder. */
  readonly searchFolders?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /**
   * `embedded`: full paths of the folders, with everything below them, in which parents may be. A
   * parent that an image names elsewhere is not opened; set this for images from untrusted sources.
   * No limit by default.
   */
  readonly allowedFolders?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** `hyperv`: the host. Without it, this machine is the host. */
  readonly host?: pulumi.Input<string | undefined>;
  /** `hyperv`: how the host is reached; `ssh` by default when `host` is given, else `local`. */
  readonly transport?: pulumi.Input<"local" | "ssh" | "winrm" | undefined>;
  /** `ssh` and `winrm`: the port, if it is not the default one. */
  readonly port?: pulumi.Input<number | undefined>;
  /** `ssh` and `winrm`: the account on the host. */
  readonly user?: pulumi.Input<string | undefined>;
  /** `winrm` only: the password. It is always kept as a secret. */
  readonly password?: pulumi.Input<string | undefined>;
  /** `winrm`: whether to use TLS. */
  readonly useSsl?: pulumi.Input<boolean | undefined>;
  /** `ssh`: a private key file, in addition to those of the SSH configuration. */
  readonly identityFile?: pulumi.Input<string | undefined>;
  /** `ssh`: a configuration file to use instead of the user's own. */
  readonly sshConfigFile?: pulumi.Input<string | undefined>;
  /** `ssh`: `yes`, the default, or `accept-new` to trust a host when it is first seen. */
  readonly hostKeyChecking?: pulumi.Input<"yes" | "accept-new" | undefined>;
  /** The program to start here: `powershell`, `pwsh` or `ssh`, by its full path. */
  readonly executable?: pulumi.Input<string | undefined>;
  /** `ssh`: the PowerShell to start on the host; `powershell` by default. */
  readonly remoteExecutable?: pulumi.Input<string | undefined>;
  /**
   * `hyperv`: how long the host may work on one request, in milliseconds; two minutes by default.
   */
  readonly callTimeoutMs?: pulumi.Input<number | undefined>;
  /** `hyperv`: how long a job of the host may take, in milliseconds; an hour by default. */
  readonly jobTimeoutMs?: pulumi.Input<number | undefined>;
  /** `hyperv`: whether a job that takes too long is cancelled, the default, or left running. */
  readonly onJobTimeout?: pulumi.Input<"cancel" | "leave" | undefined>;
  /**
   * `hyperv`: the largest part of a disk that one request for changes covers; 64 GiB by default.
   */
  readonly changeChunkBytes?: pulumi.Input<number | undefined>;
}

/**
 * One place that has disks, with its own configuration. Resources and data sources take it
 * as `{ provider }`.
 *
 * @example
 * ```ts
 * const host = new vhd.Provider("host-7", {
 *   backend: "hyperv",
 *   host: "hv7.example.com",
 *   user: "automation",
 * });
 * const args = { path: "D:\\golden\\base.vhdx", sizeBytes: 64 * 1024 ** 3 };
 * new vhd.VirtualDisk("base", args, { provider: host });
 * ```
 */
export class Provider extends pulumi.ProviderResource {
  readonly #config: pulumi.Output<Record<string, string>>;

  /**
   * @param name unique in the stack; @param args the configuration; @param opts Pulumi's options
   */
  constructor(name: string, args: ProviderArgs, opts?: pulumi.ResourceOptions) {
    const texts = listConfigTexts(args);
    // Dynamic resources are served by the package "pulumi-nodejs", and so are those of this
    // provider.
    super(
      "pulumi-nodejs",
      name,
      Object.fromEntries(Object.entries(texts).map(([key, text]) => [`vhd:${key}`, text])),
      opts,
    );
    this.#config = pulumi.output(texts);
    markAsProvider(this);
  }

  /** The configuration as strings, for data sources, which run in the program itself. */
  get config(): pulumi.Output<Record<string, string>> {
    return this.#config;
  }
}
