/** The name under which `pulumi-vhd/provider` exports the handler of a type of resource. */
export type HandlerName = "differencingDisk" | "virtualDisk" | "referencePoint";

/**
 * The text that a state keeps to find the code of a resource: `__provider`. One constant text a
 * type of resource, so that an upgrade of this package changes no state, and the installed version
 * is the one that refreshes and deletes. docs/decisions.md says why; a golden test pins it.
 */
export function providerText(handlerName: HandlerName): string {
  return `exports.handler = () => require("pulumi-vhd/provider").${handlerName};`;
}
