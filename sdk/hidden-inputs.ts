import * as pulumi from "@pulumi/pulumi";
import { createOwner } from "../provider/resources/owner";
import {
  PARENT_REFERENCE_INPUT,
  createParentReference,
} from "../provider/resources/parent-reference";
import { dynamicTypeToken, pluginTypeToken } from "../provider/resources/resource-types";

/**
 * What the SDK adds to the inputs of a resource because Pulumi does not say it to a provider. All
 * of it is hidden, and none of it makes the resource depend on anything.
 */

/** The options that matter here. */
type Options = pulumi.CustomResourceOptions | undefined;

/** A disk resource, as far as a child refers to it. */
interface ReferableDisk extends pulumi.CustomResource {
  readonly path: pulumi.Output<string>;
}

/** What a resource knows of itself; Pulumi's types do not say so. */
interface InnerResource extends pulumi.Resource {
  readonly __pulumiType?: string;
}

const DISK_TYPES: ReadonlySet<string | undefined> = new Set(
  (["DifferencingDisk", "VirtualDisk"] as const).flatMap((type) => [
    dynamicTypeToken(type),
    pluginTypeToken(type),
  ]),
);

/**
 * The hidden inputs of a disk.
 *
 * @param type of the resource; @param name of the resource; @param args as the program gave them;
 *   @param opts likewise
 */
export function createHiddenInputs(
  type: string,
  name: string,
  args: { readonly path?: unknown; readonly parentPath?: unknown },
  opts: Options,
): pulumi.Inputs {
  const isPreview = pulumi.runtime.isDryRun();
  return {
    __owner: describeOwner(type, name, opts),
    // A path that is written out comes from no disk.
    ...(args.parentPath === undefined || typeof args.parentPath === "string"
      ? {}
      : { [PARENT_REFERENCE_INPUT]: referToParent(args.parentPath) }),
    // A preview needs to know more, and nothing of it may end in the state.
    ...(isPreview ? { __preview: true, __prepared: isPrepared(args, opts) } : {}),
  };
}

async function describeOwner(type: string, name: string, opts: Options): Promise<string> {
  return createOwner(readOrganization(), await valueOf(pulumi.createUrn(name, type, opts?.parent)));
}

/** Tests with mocks may run without an organization. */
function readOrganization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return "";
  }
}

/** The reference to the disk that a path comes from; `undefined` where it comes from no disk. */
async function referToParent(parentPath: unknown): Promise<string | undefined> {
  const path: pulumi.Output<unknown> = pulumi.output(parentPath);
  for (const disk of (await resourcesOf(path)).filter(isDisk)) {
    const reference = pulumi
      .all([path, disk.path, disk.urn, disk.id])
      .apply(([declared, present, urn, id]) =>
        declared === present ? createParentReference(urn, id) : undefined,
      );
    if (!(await isKnown(reference))) {
      return pulumi.runtime.unknownValue;
    }
    const known = await valueOf(reference);
    if (known !== undefined) {
      return known;
    }
  }
  return undefined;
}

/**
 * Whether something that is no disk of this package comes first, and may prepare the place or the
 * parent.
 */
async function isPrepared(
  args: { readonly path?: unknown; readonly parentPath?: unknown },
  opts: Options,
): Promise<boolean | undefined> {
  const paths = pulumi.output([args.path, args.parentPath]);
  const others = (await resourcesOf(paths)).filter((resource) => !isDisk(resource));
  const { dependsOn } = opts ?? {};
  const dependsOnNothing =
    dependsOn === undefined || (Array.isArray(dependsOn) && dependsOn.length === 0);
  return others.length > 0 || !dependsOnNothing ? true : undefined;
}

/** Whether a resource is a disk of this package, made by whichever copy of it. */
function isDisk(resource: pulumi.Resource): resource is ReferableDisk {
  return DISK_TYPES.has((resource as InnerResource).__pulumiType);
}

/**
 * Outputs know the resources they come from, and whether they are known; Pulumi's type of them does
 * not say so.
 */
interface InnerOutput<T> {
  readonly isKnown: Promise<boolean>;
  allResources?(): Promise<Set<pulumi.Resource>>;
  promise(): Promise<T>;
}

function innerOf<T>(output: pulumi.Output<T>): InnerOutput<T> {
  return output as unknown as InnerOutput<T>;
}

/** The resources that an output comes from. */
export async function resourcesOf(output: pulumi.Output<unknown>): Promise<pulumi.Resource[]> {
  const resources = await innerOf(output).allResources?.();
  return resources === undefined ? [] : [...resources];
}

function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return innerOf(output).isKnown;
}

/** A value without the dependencies of its output. */
function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return innerOf(output).promise();
}
