import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as vhd from "pulumi-vhd";

const GIB = 1024 ** 3;

// Disks are named by full paths. Their folder must be there before them, and nothing else here makes it.
const folder = resolve(new pulumi.Config().require("folder"));
mkdirSync(folder, { recursive: true });

// The golden image: 64 GiB for a machine, a few MiB on this disk until something is written.
const base = new vhd.VirtualDisk("base", { path: join(folder, "base.vhdx"), sizeBytes: 64 * GIB });

// Each machine gets a disk that holds only what differs from the golden image.
const web = new vhd.DifferencingDisk("web", { path: join(folder, "web.vhdx"), parentPath: base.path });
const db = new vhd.DifferencingDisk("db", { path: join(folder, "db.vhdx"), parentPath: base.path });

/** What the disk of the web machine depends on: itself first, the base last. */
export const webChain = vhd
  .getVirtualDiskChainOutput({ path: web.path })
  .disks.apply((disks) => disks.map((disk) => disk.path));

/** What has changed in it since it was forked: nothing yet, for no machine has run. */
export const webChanges = vhd
  .getVirtualDiskChangesOutput({ path: web.path })
  .apply(({ rangeCount, changedBytes, ranges }) => ({ rangeCount, changedBytes, ranges }));

export const dbPath = db.path;
