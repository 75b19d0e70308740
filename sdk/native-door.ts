import { dynamicTypeToken, pluginTypeToken } from "../provider/resources/resource-types";
import type { Door } from "./resource-plan";

/** The plugin `pulumi-resource-vhd`. */
export const nativeDoor: Door = {
  typeToken: pluginTypeToken,
  otherTypeToken: dynamicTypeToken,
  listInputs: () => ({}),
  assertPossible: () => undefined,
};
