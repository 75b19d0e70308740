import * as pulumi from "@pulumi/pulumi";
import { openBackend } from "../provider/config";
import type { DiskBackend } from "../provider/disk/backend";
import { isDiskError } from "../provider/disk/errors";
import { resourcesOf } from "./hidden-inputs";
import type { Provider } from "./provider";

/** Options of the data-source functions. */
export interface InvokeOptions {
  /** Where the disk lives; by default the place that the stack's configuration names. */
  readonly provider?: Provider;
}

/** Options of the `Output` forms of the data-source functions. */
export interface InvokeOutputOptions extends InvokeOptions {
  /** Resources to wait for, besides those that the arguments come from. */
  readonly dependsOn?: pulumi.Input<pulumi.Input<pulumi.Resource>[]> | pulumi.Input<pulumi.Resource>;
}

/** The backend that a data source asks, in the process of the program. */
export async function openInvokeBackend(options: InvokeOptions | undefined): Promise<DiskBackend> {
  if (options?.provider === undefined) {
    const config = new pulumi.Config("vhd");
    return openBackend((key) => config.get(key));
  }
  const { config } = options.provider;
  return new Promise((resolve, reject) => {
    pulumi.output(config).apply((texts) => {
      try {
        resolve(openBackend((key) => texts[key]));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/**
 * Calls a data source when its arguments are known and the resources they come from exist. Until then, in a preview, the
 * result is unknown, exactly as with functions of other Pulumi providers.
 *
 * @param call the plain form of the function
 */
export function invokeOutput<Args, Result>(
  call: (args: Args, options?: InvokeOptions) => Promise<Result>,
  args: pulumi.Input<Args>,
  options?: InvokeOutputOptions,
): pulumi.Output<Result> {
  const provided: pulumi.Output<unknown> = pulumi.output(args);
  const known = pulumi.all([provided, waitForDependencies(provided, options), options?.provider?.config]);
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

/** A disk that the update will move or make again is not yet where it is going to be. */
function isNotThereYet(error: unknown): boolean {
  return isDiskError(error, "NotFound") || isDiskError(error, "ParentNotFound") || isDiskError(error, "ParentMismatch");
}

/** A value that makes the output unknown which it is applied in. */
function makeUnknown(): unknown {
  return pulumi.runtime.deserializeProperty(pulumi.runtime.unknownValue);
}

/** Tells, once the resources that must exist first are there, their ids; unknown until then. */
function waitForDependencies(
  args: pulumi.Output<unknown>,
  options: InvokeOutputOptions | undefined,
): pulumi.Output<string[]> {
  const implicit = pulumi.output(resourcesOf(args));
  const explicit: pulumi.Output<unknown> = pulumi.output(options?.dependsOn ?? []);
  return pulumi.all([implicit, explicit]).apply(([fromArgs, given]) => {
    const resources = new Set<unknown>([...fromArgs, ...(Array.isArray(given) ? (given as unknown[]) : [given])]);
    const custom = [...resources].filter((resource) => pulumi.CustomResource.isInstance(resource));
    return pulumi.all(custom.map((resource) => resource.id));
  });
}
