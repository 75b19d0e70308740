/**
 * A value of an example: a literal, a list, an output of a resource above, or a member of a closed
 * set.
 */
export type ExampleValue =
  | string
  | number
  | boolean
  | readonly string[]
  | { readonly output: readonly [string, string] }
  | { readonly member: readonly [string, string] };

/** The arguments of a resource or a function, by their names in the schema. */
export type ExampleArguments = Readonly<Record<string, ExampleValue>>;

/** A resource in an example. */
export interface ExampleResource {
  /** The type behind `vhd:index:`, or `Provider`. */
  readonly type: string;
  readonly name: string;
  readonly args: ExampleArguments;
  /** The name of the provider above that it belongs to. */
  readonly provider?: string;
}

/** A short program, which each language writes in its own way. */
export interface Example {
  readonly title: string;
  readonly resources: readonly ExampleResource[];
  /** A call of a data source, whose result the program exports a member of. */
  readonly call?: {
    readonly name: string;
    readonly args: ExampleArguments;
    readonly member: string;
  };
}

const GIB = 1024 ** 3;

const BASE: ExampleResource = {
  type: "VirtualDisk",
  name: "golden",
  args: { path: "/disks/golden.vhdx", sizeBytes: 64 * GIB },
};

const WEB: ExampleResource = {
  type: "DifferencingDisk",
  name: "web",
  args: { path: "/disks/web.vhdx", parentPath: { output: ["golden", "path"] } },
};

const OF_WEB: ExampleArguments = { path: { output: ["web", "path"] } };

/** One example for each resource and function. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  VirtualDisk: { title: "A base disk of 64 GiB", resources: [BASE] },
  DifferencingDisk: { title: "A disk over a golden image", resources: [BASE, WEB] },
  ReferencePoint: {
    title: "The beginning of an incremental backup",
    resources: [
      {
        type: "ReferencePoint",
        name: "nightly",
        args: { machineName: "web", triggers: ["2026-11-21"] },
      },
    ],
  },
  Provider: {
    title: "The disks of one Hyper-V host",
    resources: [
      {
        type: "Provider",
        name: "host7",
        args: {
          backend: { member: ["Backend", "hyperv"] },
          host: "hv7.example.com",
          user: "automation",
        },
      },
      {
        type: "VirtualDisk",
        name: "golden",
        args: { path: "D:\\disks\\golden.vhdx", sizeBytes: 64 * GIB },
        provider: "host7",
      },
    ],
  },
  getVirtualDisk: {
    title: "The size of a disk",
    resources: [BASE, WEB],
    call: { name: "getVirtualDisk", args: OF_WEB, member: "sizeBytes" },
  },
  getVirtualDiskChain: {
    title: "How many disks a disk depends on",
    resources: [BASE, WEB],
    call: { name: "getVirtualDiskChain", args: OF_WEB, member: "length" },
  },
  getVirtualDiskChanges: {
    title: "What a backup of a disk has to read",
    resources: [BASE, WEB],
    call: { name: "getVirtualDiskChanges", args: OF_WEB, member: "changedBytes" },
  },
};

/** Whether a value is an output of another resource: its name and that of the property. */
export function isOutput(
  value: ExampleValue,
): value is { readonly output: readonly [string, string] } {
  return typeof value === "object" && "output" in value;
}

/** Whether a value is a member of an enumeration: its type and its name. */
export function isMember(
  value: ExampleValue,
): value is { readonly member: readonly [string, string] } {
  return typeof value === "object" && "member" in value;
}
