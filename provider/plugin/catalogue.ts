import { type ConfigSource, openBackend, openReferencePoints } from "../config";
import type { DiskBackend } from "../disk/backend";
import type { PathStyle } from "../disk/host-path";
import { getVirtualDisk } from "../functions/get-virtual-disk";
import { getVirtualDiskChain } from "../functions/get-virtual-disk-chain";
import { getVirtualDiskChanges } from "../functions/get-virtual-disk-changes";
import { differencingDiskLifecycle } from "../resources/differencing-disk";
import type { HandlerName } from "../resources/provider-text";
import { referencePointLifecycle } from "../resources/reference-point";
import type { Properties, ResourceLifecycle, StepContext } from "../resources/resource";
import { RESOURCE_TYPES, type ResourceTypeName } from "../resources/resource-types";
import { virtualDiskLifecycle } from "../resources/virtual-disk";

/** The name of the package in every language. */
const PACKAGE_NAME = "vhd";

/** The lifecycle of a resource on the host that a configuration names. */
export interface BoundLifecycle {
  /** How the host writes paths. */
  readonly pathStyle: PathStyle;
  check(
    olds: Properties,
    news: Properties,
    context: StepContext,
  ): ReturnType<ResourceLifecycle["check"]>;
  diff(
    olds: Properties,
    news: Properties,
    context: StepContext,
  ): ReturnType<ResourceLifecycle["diff"]>;
  create(inputs: Properties, context: StepContext): ReturnType<ResourceLifecycle["create"]>;
  read(id: string, recorded: Properties): ReturnType<ResourceLifecycle["read"]>;
  update(id: string, olds: Properties, news: Properties): ReturnType<ResourceLifecycle["update"]>;
  delete(id: string, recorded: Properties, context: StepContext): Promise<void>;
}

/** One type of resource. */
export interface ResourceEntry {
  /** The handler that states of dynamic resources name. */
  readonly handlerName: HandlerName;
  /** All outputs, in the order in which documentation lists them. */
  readonly outputNames: readonly string[];
  readonly bind: (config: ConfigSource) => BoundLifecycle;
}

/** One data source. */
export type FunctionEntry = (backend: DiskBackend, args: Properties) => Promise<Properties>;

/** Gives the lifecycle of each type of resource. */
const BINDERS: Readonly<Record<ResourceTypeName, ResourceEntry["bind"]>> = {
  DifferencingDisk: (config) => bindDisk(differencingDiskLifecycle, config),
  VirtualDisk: (config) => bindDisk(virtualDiskLifecycle, config),
  // Reference points have no paths of their own; those of their disks are a Windows host's.
  ReferencePoint: (config) => bindTo(referencePointLifecycle, openReferencePoints(config), "win32"),
};

/** The resources by the name behind `vhd:index:`. */
export const RESOURCES: Readonly<Record<string, ResourceEntry>> = Object.fromEntries(
  Object.entries(RESOURCE_TYPES).map(([name, type]) => [
    name,
    { ...type, bind: BINDERS[name as ResourceTypeName] },
  ]),
);

/** The data sources by the name behind `vhd:index:`. Each checks its arguments itself. */
export const FUNCTIONS: Readonly<Record<string, FunctionEntry>> = {
  getVirtualDisk: async (backend, args) => ({ ...(await getVirtualDisk(backend, args as never)) }),
  getVirtualDiskChain: async (backend, args) => ({
    ...(await getVirtualDiskChain(backend, args as never)),
  }),
  getVirtualDiskChanges: async (backend, args) => ({
    ...(await getVirtualDiskChanges(backend, args as never)),
  }),
};

/**
 * The name behind `vhd:index:` or, as some languages write it, `vhd:`; `undefined` for a token of
 * another package.
 */
export function nameOfToken(token: string): string | undefined {
  const [packageName, ...rest] = token.split(":");
  return packageName === PACKAGE_NAME ? rest.at(-1) : undefined;
}

function bindDisk(lifecycle: ResourceLifecycle, config: ConfigSource): BoundLifecycle {
  const backend = openBackend(config);
  return bindTo(lifecycle, backend, backend.pathStyle);
}

function bindTo<Host>(
  lifecycle: ResourceLifecycle<Host>,
  host: Host,
  pathStyle: PathStyle,
): BoundLifecycle {
  return {
    pathStyle,
    check: (olds, news, context) => lifecycle.check(host, olds, news, context),
    diff: (olds, news, context) => lifecycle.diff(host, olds, news, context),
    create: (inputs, context) => lifecycle.create(host, inputs, context),
    read: (id, recorded) => lifecycle.read(host, id, recorded),
    update: (id, olds, news) => lifecycle.update(host, id, olds, news),
    delete: (id, recorded, context) => lifecycle.delete(host, id, recorded, context),
  };
}
