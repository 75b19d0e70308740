import * as pulumi from "@pulumi/pulumi";
import { RESOURCE_TYPES, type ResourceTypeName } from "../provider/resources/resource-types";
import { createHiddenInputs } from "./hidden-inputs";
import { type PausedTraces, pauseTraces } from "./resource-traces";

/** One of the two ways to serve a resource: what is registered differently. */
export interface Door {
  /** The type of a resource, as states name it. */
  typeToken(type: ResourceTypeName): string;
  /** The type of the same resource through the other door, from which a stack can move here. */
  otherTypeToken(type: ResourceTypeName): string;
  /** What this door needs among the inputs besides those of the program. */
  listInputs(type: ResourceTypeName): pulumi.Inputs;
  /** @throws NotSupported for options that cannot work here */
  assertPossible(type: ResourceTypeName, opts: pulumi.CustomResourceOptions | undefined): void;
}

/** A class of resources that has outputs. */
type ResourceClass<Outputs> = Pick<typeof pulumi.CustomResource, "isInstance"> &
  (abstract new (
    ...args: ConstructorParameters<typeof pulumi.CustomResource>
  ) => pulumi.CustomResource & Outputs);

/**
 * Pulumi's class of resources as the base of one with outputs. Pulumi itself makes the properties,
 * from the names that {@link planResource} gives it.
 *
 * The classes of this package extend it directly: Pulumi takes the caller of a direct subclass for
 * the line of the program, and keeps that line and all frames above it in the state.
 */
export function withOutputs<Outputs>(): ResourceClass<Outputs> {
  return pulumi.CustomResource as unknown as ResourceClass<Outputs>;
}

/** What a constructor hands to that of Pulumi. No stack traces are made until it is ended. */
export interface Plan extends PausedTraces {
  readonly registration: ConstructorParameters<typeof pulumi.CustomResource>;
}

/**
 * Prepares a resource.
 *
 * @param door that serves it
 * @param type its name in programs
 * @param name unique in the stack for this type
 * @param args inputs
 * @param opts Pulumi's options
 * @throws NotSupported for options that cannot work
 */
export function planResource(
  door: Door,
  type: ResourceTypeName,
  name: string,
  args: pulumi.Inputs,
  opts: pulumi.CustomResourceOptions | undefined,
): Plan {
  door.assertPossible(type, opts);
  // An output that is no input has to be named, or Pulumi would not make a property of it.
  const outputs = Object.fromEntries(
    RESOURCE_TYPES[type].outputNames.map((outputName) => [outputName, undefined]),
  );
  const inputs = { ...outputs, ...args, ...door.listInputs(type) };
  const options = pulumi.mergeOptions({ aliases: [{ type: door.otherTypeToken(type) }] }, opts);
  return { registration: [door.typeToken(type), name, inputs, options], ...pauseTraces(options) };
}

/** As {@link planResource}, for a disk. */
export function planDisk(
  door: Door,
  type: "DifferencingDisk" | "VirtualDisk",
  name: string,
  args: pulumi.Inputs,
  opts: pulumi.CustomResourceOptions | undefined,
): Plan {
  const hidden = createHiddenInputs(door.typeToken(type), name, args, opts);
  return planResource(door, type, name, { ...args, ...hidden }, opts);
}
