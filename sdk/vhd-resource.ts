import * as pulumi from "@pulumi/pulumi";
import { RESOURCE_TYPES, type ResourceTypeName } from "../provider/resources/resource-types";
import { pauseTraces } from "./promise-traces";

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

/** A resource of this package. Programs use its subclasses. */
export abstract class VhdResource extends pulumi.CustomResource {
  /**
   * @param door that serves it
   * @param type its name in programs
   * @param name unique in the stack for this type
   * @param args inputs
   * @param opts Pulumi's options
   */
  protected constructor(
    door: Door,
    type: ResourceTypeName,
    name: string,
    args: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions | undefined,
  ) {
    door.assertPossible(type, opts);
    // An output that is no input has to be named, or Pulumi would not make a property of it.
    const outputs = Object.fromEntries(
      RESOURCE_TYPES[type].outputNames.map((outputName) => [outputName, undefined]),
    );
    const aliases = [{ type: door.otherTypeToken(type) }];
    const inputs = { ...outputs, ...args, ...door.listInputs(type) };
    const options = pulumi.mergeOptions({ aliases }, opts);
    const traces = pauseTraces(options);
    try {
      super(door.typeToken(type), name, inputs, options);
    } catch (error) {
      throw traces.complete(error);
    } finally {
      traces.resume();
    }
  }
}
