import type * as pulumi from "@pulumi/pulumi";
import type {
  ReferencePointConsistency,
  ReferencePointDisk,
} from "../provider/disk/reference-point";

/** The outputs of a reference point. */
export interface ReferencePointOutputs {
  /** The GUID of the virtual machine. */
  readonly machineId: pulumi.Output<string>;
  /**
   * Whether programs in the machine brought their files into a consistent state first:
   * `application` or `crash`.
   */
  readonly consistency: pulumi.Output<ReferencePointConsistency>;
  /**
   * Each disk of the machine at that moment, with its `limitId` for `getVirtualDiskChanges`. While
   * the content is held, there is no `limitId` yet, and the file at `path` does not change. Find a
   * disk by its `diskId`.
   */
  readonly disks: pulumi.Output<ReferencePointDisk[]>;
  /** The current id of the reference point on the host; it changes when the content is released. */
  readonly pointId: pulumi.Output<string>;
  /** Whether the content of that moment is still held and can be copied. */
  readonly isHeld: pulumi.Output<boolean>;
  /** The time by which the content is released, in UTC; absent when nothing is held. */
  readonly heldUntil: pulumi.Output<string | undefined>;
}
