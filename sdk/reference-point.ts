import type * as pulumi from "@pulumi/pulumi";
import type { ReferencePointConsistency } from "../provider/disk/reference-point";
import { dynamicDoor } from "./dynamic-door";
import { ReferencePointResource } from "./reference-point-resource";

/**
 * What a reference point is declared with. Whatever changes besides `holdHours` and `copied`, a new
 * one is taken before the old one is removed.
 */
export interface ReferencePointArgs {
  /** The name of the virtual machine; it must be the only one of that name. Or give `machineId`. */
  readonly machineName?: pulumi.Input<string | undefined>;
  /** The GUID of the virtual machine. */
  readonly machineId?: pulumi.Input<string | undefined>;
  /**
   * `application`, the default: programs in the machine bring their files in order first. `crash`:
   * they do not.
   */
  readonly consistency?: pulumi.Input<ReferencePointConsistency | undefined>;
  /**
   * Values that, when one changes, take a new reference point: the date of a backup, for example.
   */
  readonly triggers?: pulumi.Input<pulumi.Input<unknown>[] | undefined>;
  /**
   * Keeps the content of that moment, so that it can be copied while the machine goes on, for at
   * most so many hours. The machine's disks grow with every write meanwhile. Nothing runs between
   * two commands: the first `pulumi up` after that time gives the content up and takes a new
   * reference point.
   */
  readonly holdHours?: pulumi.Input<number | undefined>;
  /**
   * With `holdHours`: true once all that was to be copied is copied. Then the content is given up
   * and the limit ids are there.
   */
  readonly copied?: pulumi.Input<boolean | undefined>;
}

/**
 * A moment of a virtual machine on a Hyper-V host, since which its disks tell what has changed: the
 * beginning of each incremental backup. Taking one starts change tracking where it is off. It holds
 * no content unless `holdHours` is set.
 *
 * Windows Server 2016 or later, VHDX, `vhd:backend` hyperv.
 *
 * @example
 * ```ts
 * const point = new vhd.ReferencePoint("nightly", { machineName: "web", triggers: [backupDate] });
 * export const limitIds = point.disks.apply((disks) =>
 *   disks.map((disk) => [disk.path, disk.limitId]),
 * );
 * ```
 */
export class ReferencePoint extends ReferencePointResource {
  /** The type as states name it, by which policies recognise the class. */
  static readonly __pulumiType: string = dynamicDoor.typeToken("ReferencePoint");

  /**
   * Describes a reference point that somebody else manages: it is read, and never removed.
   *
   * @param name unique in the stack
   * @param id what the host knows it by
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): ReferencePoint {
    return new ReferencePoint(name, {}, { ...opts, id });
  }

  /**
   * @param name unique in the stack; @param args of which machine, and how; @param opts Pulumi's
   *   options
   */
  constructor(name: string, args: ReferencePointArgs, opts?: pulumi.CustomResourceOptions) {
    super(dynamicDoor, "ReferencePoint", name, { ...args }, opts);
  }
}
