import * as pulumi from "@pulumi/pulumi";
import { type HandlerName, providerText } from "../provider/resources/provider-text";

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
    const internal = {
      __provider: providerText(handlerName),
      // Lets the provider tell a parent that this program will make from one that is missing.
      __preview: pulumi.runtime.isDryRun() ? true : undefined,
    };
    super(`pulumi-nodejs:dynamic/vhd:${type}`, name, { ...outputs, ...args, ...internal }, opts);
  }
}
