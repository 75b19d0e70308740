import type * as pulumi from "@pulumi/pulumi";
import { DiskError } from "../provider/disk/errors";
import { providerText } from "../provider/resources/provider-text";
import {
  RESOURCE_TYPES,
  dynamicTypeToken,
  pluginTypeToken,
} from "../provider/resources/resource-types";
import { presentError } from "./run-error";
import type { Door } from "./resource-plan";

/** Pulumi's dynamic provider, in the packages of the program. */
export const dynamicDoor: Door = {
  typeToken: dynamicTypeToken,
  otherTypeToken: pluginTypeToken,
  listInputs: (type) => ({ __provider: providerText(RESOURCE_TYPES[type].handlerName) }),
  assertPossible: assertNotImported,
};

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
          "Nothing was changed. Remove it and set the input adopt to true, which takes over an " +
          "existing disk; or use the same class from pulumi-vhd/native, which can be imported.",
      }),
    );
  }
}
