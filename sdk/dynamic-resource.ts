import * as pulumi from "@pulumi/pulumi";
import { type HandlerName, providerText } from "../provider/resources/provider-text";

/** The type of a resource, as states name it. @param type the name behind `vhd:` */
export function typeToken(type: string): string {
  return `pulumi-nodejs:dynamic/vhd:${type}`;
}

/** A resource of this package. Programs use its subclasses. */
export abstract class DynamicResource extends pulumi.CustomResource {
  /**
   * @param type the name behind `vhd:`
   * @param handlerName the export of `pulumi-vhd/provider` that serves it
   * @param name unique in the stack for this type
   * @param args inputs
   * @param outputNames everything that is an output and not always an input
   */
  protected constructor(
    type: string,
    handlerName: HandlerName,
    name: string,
    args: pulumi.Inputs,
    outputNames: readonly string[],
    opts: pulumi.CustomResourceOptions | undefined,
  ) {
    const outputs = Object.fromEntries(outputNames.map((outputName) => [outputName, undefined]));
    super(typeToken(type), name, { ...outputs, ...args, __provider: providerText(handlerName) }, opts);
  }
}
