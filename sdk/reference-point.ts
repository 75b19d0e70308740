import type * as pulumi from "@pulumi/pulumi";
import type { ReferencePointConsistency } from "../provider/disk/reference-point";
import { dynamicDoor } from "./dynamic-door";
import type { ReferencePointOutputs } from "./reference-point-outputs";
import { planResource, withOutputs } from "./resource-plan";

/**
 * The arguments of a reference point. A change of any of them except `holdHours` and `copied` takes
 * a new reference point before the old one is removed.
 */
export interface ReferencePointArgs {
  /** The name of the virtual machine, which must be unique on the host. Or set `machineId`. */
  readonly machineName?: pulumi.Input<string | undefined>;
  /** The GUID of the virtual machine. */
  readonly machineId?: pulumi.Input<string | undefined>;
  /**
   * `application`, the default: programs in the machine bring their files into a consistent state
   * first. `crash`: they do not.
   */
  readonly consistency?: pulumi.Input<ReferencePointConsistency | undefined>;
  /**
   * When one of these values changes, a new reference point is taken: the date of a backup, for
   * example.
   */
  readonly triggers?: pulumi.Input<pulumi.Input<unknown>[] | undefined>;
  /**
   * Holds the content of that moment for at most this many hours, so that it can be copied while
   * the machine keeps running. Meanwhile, the machine's disks grow with every write. Nothing runs
   * between two commands: the first `pulumi up` after that time releases the content and takes a
   * new reference point.
   */
  readonly holdHours?: pulumi.Input<number | undefined>;
  /**
   * With `holdHours`: set it to true when everything is copied. The content is then released, and
   * the limit ids are available.
   */
  readonly copied?: pulumi.Input<boolean | undefined>;
}

/**
 * A point in time of a virtual machine on a Hyper-V host, from which changes of its disks are
 * counted: the start of each incremental backup. Taking one turns change tracking on where it is
 * off. It holds no content unless `holdHours` is set.
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
export class ReferencePoint extends withOutputs<ReferencePointOutputs>() {
  /** The type in the state, by which policies recognise the class. */
  static readonly __pulumiType: string = dynamicDoor.typeToken("ReferencePoint");

  /**
   * Reads a reference point that is managed elsewhere; it is never removed.
   *
   * @param name unique in the stack
   * @param id its id on the host
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): ReferencePoint {
    return new ReferencePoint(name, {}, { ...opts, id });
  }

  /** @param name unique in the stack; @param args the inputs; @param opts Pulumi's options */
  constructor(name: string, args: ReferencePointArgs, opts?: pulumi.CustomResourceOptions) {
    const plan = planResource(dynamicDoor, "ReferencePoint", name, { ...args }, opts);
    try {
      super(...plan.registration);
    } catch (error) {
      throw plan.complete(error);
    } finally {
      plan.resume();
    }
  }
}
