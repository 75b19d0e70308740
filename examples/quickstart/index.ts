import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as vhd from "pulumi-vhd";

const GIB = 1024 ** 3;

// Disks are named by full paths.
const folder = resolve(new pulumi.Config().require("folder"));

// The golden image: 64 GiB for a machine, a few MiB on this disk until something is written.
const base = new vhd.VirtualDisk("base", {
  path: join(folder, "base.vhdx"),
  sizeBytes: 64 * GIB,
  createFolder: true,
});

// Each machine gets a disk that contains only what differs from the golden image.
const web = new vhd.DifferencingDisk("web", {
  path: join(folder, "web.vhdx"),
  parentPath: base.path,
});
const db = new vhd.DifferencingDisk("db", { path: join(folder, "db.vhdx"), parentPath: base.path });

/** What the disk of the web machine depends on: itself first, the base last. */
export const webChain = vhd
  .getVirtualDiskChainOutput({ path: web.path })
  .disks.apply((disks) => disks.map((disk) => disk.path));

/** What has changed in it since it was forked: nothing yet, for no machine has run. */
export const webChanges = vhd
  .getVirtualDiskChangesOutput({ path: web.path })
  .apply(({ rangeCount, changedBytes }) => ({ rangeCount, changedBytes }));

export const dbPath = db.path;
