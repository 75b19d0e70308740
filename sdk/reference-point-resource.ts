import type * as pulumi from "@pulumi/pulumi";
import type {
  ReferencePointConsistency,
  ReferencePointDisk,
} from "../provider/disk/reference-point";
import { VhdResource } from "./vhd-resource";

/** What a reference point has. Programs use the subclasses. */
export abstract class ReferencePointResource extends VhdResource {
  /** The GUID of the virtual machine. */
  declare readonly machineId: pulumi.Output<string>;
  /**
   * Whether programs in the machine brought their files in order first: `application` or `crash`.
   */
  declare readonly consistency: pulumi.Output<ReferencePointConsistency>;
  /**
   * Each disk of the machine at that moment, with its `limitId` for `getVirtualDiskChanges`. While
   * the content is held, there is no `limitId` yet, and what is at `path` does not change. Find a
   * disk by its `diskId`.
   */
  declare readonly disks: pulumi.Output<ReferencePointDisk[]>;
  /**
   * What the host knows the reference point by now; another id than before once its content is
   * given up.
   */
  declare readonly pointId: pulumi.Output<string>;
  /** Whether the content of that moment is still there to be copied. */
  declare readonly isHeld: pulumi.Output<boolean>;
  /** When the content is given up at the latest, in UTC; absent when nothing is held. */
  declare readonly heldUntil: pulumi.Output<string | undefined>;
}
