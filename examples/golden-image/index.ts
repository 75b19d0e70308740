/**
 * A golden image, and over it a disk for each machine.
 *
 *   npm install && pulumi stack init dev
 *   pulumi config set folder /srv/disks
 *   pulumi config set --path 'machines[0]' web
 *   pulumi up
 */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as vhd from "pulumi-vhd";

const config = new pulumi.Config();
const folder = config.require("folder");
const machines = config.requireObject<string[]>("machines");

// The golden image: the one that an image builder left at this path, or else a new one, empty. Fill
// it before there are machines, since any write to a parent breaks its children. Protected, it
// outlives even `pulumi destroy`.
const golden = new vhd.VirtualDisk(
  "golden-v1",
  { path: join(folder, "golden-v1.vhdx"), sizeBytes: 64 * 1024 ** 3, adopt: true },
  { protect: true },
);

// To switch to another image: `pulumi config set goldenPath /srv/disks/golden-v2.vhdx`. The disk of
// each machine is then replaced, because it is valid only over the image it was forked from. The
// preview says how much each machine has written and stops; `pulumi config set replaceDisks true`
// accepts that. Version 1 stays where it is.
const parentPath = config.get("goldenPath") ?? golden.path;
const allowDataLoss = config.getBoolean("replaceDisks");

// Each disk contains only what its machine writes. One more machine in the list is one more disk,
// within milliseconds.
const disks = machines.map(
  (machine) =>
    new vhd.DifferencingDisk(machine, {
      path: join(folder, `${machine}.vhdx`),
      parentPath,
      allowDataLoss,
    }),
);

/** What to attach to the machines, in the order of the list. */
export const paths = disks.map((disk) => disk.path);

/** What each machine has written so far, in whole blocks: what goes when its disk is replaced. */
export const fileSizesBytes = disks.map(
  ({ path }) => vhd.getVirtualDiskOutput({ path }).fileSizeBytes,
);
