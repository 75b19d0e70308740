import type * as pulumi from "@pulumi/pulumi";
import type { DifferencingDiskArgs } from "../differencing-disk";
import type { ChildDiskOutputs, DiskOutputs } from "../disk-outputs";
import { planDisk, planResource, withOutputs } from "../resource-plan";
import type { ReferencePointArgs } from "../reference-point";
import type { ReferencePointOutputs } from "../reference-point-outputs";
import type { VirtualDiskArgs } from "../virtual-disk";
import { nativeDoor } from "../native-door";

/** Like `DifferencingDisk` of `pulumi-vhd`, but served by the plugin. */
export class DifferencingDisk extends withOutputs<ChildDiskOutputs>() {
  /** The type, as policies compare it. */
  static readonly __pulumiType: string = nativeDoor.typeToken("DifferencingDisk");

  /**
   * Reads a disk that is managed elsewhere; it is never changed or deleted.
   *
   * @param name unique in the stack; @param path the full path of the disk
   */
  static get(
    name: string,
    path: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): DifferencingDisk {
    return new DifferencingDisk(name, {} as DifferencingDiskArgs, { ...opts, id: path });
  }

  /**
   * @param name unique in the stack; @param args the inputs; @param opts Pulumi's options, `import`
   *   among them
   */
  constructor(name: string, args: DifferencingDiskArgs, opts?: pulumi.CustomResourceOptions) {
    const plan = planDisk(nativeDoor, "DifferencingDisk", name, { ...args }, opts);
    try {
      super(...plan.registration);
    } catch (error) {
      throw plan.complete(error);
    } finally {
      plan.resume();
    }
  }
}

/** Like `VirtualDisk` of `pulumi-vhd`, but served by the plugin. */
export class VirtualDisk extends withOutputs<DiskOutputs>() {
  /** The type, as policies compare it. */
  static readonly __pulumiType: string = nativeDoor.typeToken("VirtualDisk");

  /**
   * Reads a disk that is managed elsewhere; it is never changed or deleted.
   *
   * @param name unique in the stack; @param path the full path of the disk
   */
  static get(
    name: string,
    path: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): VirtualDisk {
    return new VirtualDisk(name, {} as VirtualDiskArgs, { ...opts, id: path });
  }

  /**
   * @param name unique in the stack; @param args the inputs; @param opts Pulumi's options, `import`
   *   among them
   */
  constructor(name: string, args: VirtualDiskArgs, opts?: pulumi.CustomResourceOptions) {
    const plan = planDisk(nativeDoor, "VirtualDisk", name, { ...args }, opts);
    try {
      super(...plan.registration);
    } catch (error) {
      throw plan.complete(error);
    } finally {
      plan.resume();
    }
  }
}

/** Like `ReferencePoint` of `pulumi-vhd`, but served by the plugin. */
export class ReferencePoint extends withOutputs<ReferencePointOutputs>() {
  /** The type, as policies compare it. */
  static readonly __pulumiType: string = nativeDoor.typeToken("ReferencePoint");

  /**
   * Reads a reference point that is managed elsewhere; it is never removed.
   *
   * @param name unique in the stack; @param id its id on the host
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
    const plan = planResource(nativeDoor, "ReferencePoint", name, { ...args }, opts);
    try {
      super(...plan.registration);
    } catch (error) {
      throw plan.complete(error);
    } finally {
      plan.resume();
    }
  }
}
