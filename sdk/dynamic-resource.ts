import * as pulumi from "@pulumi/pulumi";
import { DiskError } from "../provider/disk/errors";
import { presentError } from "./run-error";
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
    assertNotImported(type, opts);
    const outputs = Object.fromEntries(outputNames.map((outputName) => [outputName, undefined]));
    // A stack whose resources the plugin serves moves here, and back, as it is.
    const aliases = [{ type: `vhd:index:${type}` }];
    const inputs = { ...outputs, ...args, __provider: providerText(handlerName) };
    super(typeToken(type), name, inputs, pulumi.mergeOptions({ aliases }, opts));
  }
}

/**
 * Pulumi cannot import a dynamic resource: it does not hand over what would find this package's
 * code.
 */
function assertNotImported(type: string, opts: pulumi.CustomResourceOptions | undefined): void {
  if (opts?.import !== undefined) {
    throw presentError(
      new DiskError("NotSupported", {
        what: `the option import does not work for a dynamic resource such as ${type}`,
        remedy:
          "Nothing was changed. Remove it and set the input adopt to true, which takes over a " +
          "disk that is there; or use the same class from pulumi-vhd/native, which can be " +
          "imported.",
      }),
    );
  }
}
