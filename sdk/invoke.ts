import * as pulumi from "@pulumi/pulumi";
import { type ConfigSource, createConfigSource, openBackend } from "../provider/config";
import type { DiskBackend } from "../provider/disk/backend";
import { isDiskError } from "../provider/disk/errors";
import { type ConfiguredProvider, isConfiguredProvider } from "./config-texts";
import { dynamicDoor } from "./dynamic-door";
import { resourcesOf } from "./hidden-inputs";
import { nativeDoor } from "./native-door";

/** Options of the data source functions. */
export interface InvokeOptions {
  /**
   * The provider that has the disk; by default that of `parent`, or else the configuration of the
   * stack.
   */
  readonly provider?: ConfiguredProvider;
  /** The parent resource: if `provider` is not set, the provider of this resource is used. */
  readonly parent?: pulumi.Resource;
}

/** Options of the `Output` forms of the data source functions. */
export interface InvokeOutputOptions extends InvokeOptions {
  /** Resources to wait for, in addition to those that the arguments come from. */
  readonly dependsOn?:
    pulumi.Input<pulumi.Input<pulumi.Resource>[]> | pulumi.Input<pulumi.Resource>;
}

/** The configuration that a data source works with, in the process of the program. */
export async function readInvokeConfig(options: InvokeOptions | undefined): Promise<ConfigSource> {
  const provider = providerOf(options);
  return createConfigSource(
    provider === undefined ? readStackConfig() : await readProviderConfig(provider),
  );
}

/** The backend that a data source asks, in the process of the program. */
export async function openInvokeBackend(options: InvokeOptions | undefined): Promise<DiskBackend> {
  return openBackend(await readInvokeConfig(options));
}

/**
 * Calls a data source of this package under the mocks of a test: they answer, and nothing real is
 * touched.
 *
 * @param name of the function
 * @returns `undefined` when no mocks are set
 */
export async function callMocks<Result>(
  name: string,
  args: object,
  options: InvokeOptions | undefined,
): Promise<Result | undefined> {
  // Pulumi has no other way to ask; the monitor of a real engine has no such member.
  const monitor: object = pulumi.runtime.getMonitor() ?? {};
  return "mocks" in monitor
    ? ((await pulumi.runtime.invoke(`vhd:index:${name}`, args, {
        ...(options?.parent === undefined ? {} : { parent: options.parent }),
        ...(options?.provider === undefined ? {} : { provider: options.provider }),
      })) as Result)
    : undefined;
}

/**
 * Calls a data source when its arguments are known and the resources they come from exist. Until
 * then, in a preview, the result is unknown, exactly as with functions of other Pulumi providers.
 *
 * @param call the plain form of the function
 */
export function invokeOutput<Args, Result>(
  call: (args: Args, options?: InvokeOptions) => Promise<Result>,
  args: pulumi.Input<Args>,
  options?: InvokeOutputOptions,
): pulumi.Output<Result> {
  const provided: pulumi.Output<unknown> = pulumi.output(args);
  // A secret in the configuration makes no secret of the answer.
  const config = pulumi.unsecret(pulumi.output(providerOf(options)?.config));
  const known = pulumi.all([provided, waitForDependencies(provided, options), config]);
  const result: pulumi.Output<unknown> = known.apply(async ([plainArgs, ids]) => {
    try {
      return await call(plainArgs, options);
    } catch (error) {
      if (pulumi.runtime.isDryRun() && ids.length > 0 && isNotThereYet(error)) {
        return makeUnknown();
      }
      throw error;
    }
  });
  return result as pulumi.Output<Result>;
}

/** The provider that is given, or that the parent would give to a resource of this package. */
function providerOf(options: InvokeOptions | undefined): ConfiguredProvider | undefined {
  const inherited = [dynamicDoor, nativeDoor].map((door) =>
    options?.parent?.getProvider(door.typeToken("VirtualDisk")),
  );
  return [options?.provider, ...inherited].find((provider) => isConfiguredProvider(provider));
}

function readStackConfig(): Record<string, string> {
  const prefix = "vhd:";
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

function readProviderConfig({ config }: ConfiguredProvider): Promise<Record<string, string>> {
  return new Promise((resolve) => {
    pulumi.output(config).apply(resolve);
  });
}

/** A disk that the update will move or make again is not yet where it is going to be. */
function isNotThereYet(error: unknown): boolean {
  return (
    isDiskError(error, "NotFound") ||
    isDiskError(error, "ParentNotFound") ||
    isDiskError(error, "ParentMismatch")
  );
}

/** A value that makes the output unknown which it is applied in. */
function makeUnknown(): unknown {
  return pulumi.runtime.deserializeProperty(pulumi.runtime.unknownValue);
}

/** Waits for the resources that must exist first and gives their ids; unknown until then. */
function waitForDependencies(
  args: pulumi.Output<unknown>,
  options: InvokeOutputOptions | undefined,
): pulumi.Output<string[]> {
  const implicit = pulumi.output(resourcesOf(args));
  const explicit: pulumi.Output<unknown> = pulumi.output(options?.dependsOn ?? []);
  return pulumi.all([implicit, explicit]).apply(([fromArgs, given]) => {
    const resources = new Set<unknown>([
      ...fromArgs,
      ...(Array.isArray(given) ? (given as unknown[]) : [given]),
    ]);
    const custom = [...resources].filter((resource) => pulumi.CustomResource.isInstance(resource));
    return pulumi.all(custom.map((resource) => resource.id));
  });
}
