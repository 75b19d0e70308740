import type { HandlerName } from "./provider-text";

/** What both doors and the SDK have to agree on about a type of resource. */
interface ResourceType {
  /** The handler that states of dynamic resources name. */
  readonly handlerName: HandlerName;
  /** All outputs, in the order in which documentation lists them. */
  readonly outputNames: readonly string[];
}

const DISK_OUTPUT_NAMES = [
  "path",
  "sizeBytes",
  "type",
  "format",
  "blockSizeBytes",
  "logicalSectorSizeBytes",
  "physicalSectorSizeBytes",
  "diskId",
] as const;

/** The types of resources by their names in programs. */
export const RESOURCE_TYPES = {
  DifferencingDisk: {
    handlerName: "differencingDisk",
    outputNames: [...DISK_OUTPUT_NAMES, "parentPath"],
  },
  VirtualDisk: { handlerName: "virtualDisk", outputNames: DISK_OUTPUT_NAMES },
  ReferencePoint: {
    handlerName: "referencePoint",
    outputNames: ["machineId", "consistency", "disks", "pointId", "isHeld", "heldUntil"],
  },
} as const satisfies Readonly<Record<string, ResourceType>>;

/** The name of a type of resource in programs. */
export type ResourceTypeName = keyof typeof RESOURCE_TYPES;

const DYNAMIC_PREFIX = "pulumi-nodejs:dynamic/vhd:";
const PLUGIN_PREFIX = "vhd:index:";

/** The type of a resource of the dynamic provider, as states name it. */
export function dynamicTypeToken(type: ResourceTypeName): string {
  return DYNAMIC_PREFIX + type;
}

/** The type of a resource of the plugin, as states name it. */
export function pluginTypeToken(type: ResourceTypeName): string {
  return PLUGIN_PREFIX + type;
}

/**
 * A URN that is the same whichever door serves the resource: a stack may move from one to the other
 * between two runs.
 */
export function withoutDoor(urn: string): string {
  return urn.replaceAll(PLUGIN_PREFIX, DYNAMIC_PREFIX);
}
