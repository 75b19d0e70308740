import * as pulumi from "@pulumi/pulumi";

/**
 * The type of a resource of the plugin, as states name it. @param type the name behind `vhd:index:`
 */
export function nativeToken(type: string): string {
  return `vhd:index:${type}`;
}

/** A resource that the plugin `pulumi-resource-vhd` serves. Programs use its subclasses. */
export abstract class NativeResource extends pulumi.CustomResource {
  /**
   * @param type the name behind `vhd:index:`
   * @param name unique in the stack for this type
   * @param args inputs
   * @param outputNames everything that is an output and not always an input
   * @param opts Pulumi's options; a resource that the dynamic provider made is taken over as it is
   */
  protected constructor(
    type: string,
    name: string,
    args: pulumi.Inputs,
    outputNames: readonly string[],
    opts: pulumi.CustomResourceOptions | undefined,
  ) {
    const outputs = Object.fromEntries(outputNames.map((outputName) => [outputName, undefined]));
    const aliases = [{ type: `pulumi-nodejs:dynamic/vhd:${type}` }];
    super(nativeToken(type), name, { ...outputs, ...args }, pulumi.mergeOptions({ aliases }, opts));
  }
}
