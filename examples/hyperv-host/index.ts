/**
 * Disks on a Hyper-V host, and the incremental backups of the machine that uses one of them.
 *
 *   npm install && pulumi stack init dev
 *   pulumi config set host hv7.example.com   over SSH; leave it out on the host itself
 *   pulumi config set folder 'D:\disks'
 *   pulumi up
 *   New-VM web -VHDPath D:\disks\web.vhdx    on the host
 *
 * For each backup:
 *
 *   pulumi config set backup 2026-11-20      any new string
 *   pulumi up                                keeps the content of this moment, for a day at most,
 *                                            while the machine runs on
 *   pulumi stack output copyFrom             the disk to copy from, which does not change
 *   pulumi stack output changes              the ranges to copy; none at first: copy the whole disk
 *   pulumi config set copied 2026-11-20      when all are copied
 *   pulumi up                                releases the content, and keeps the moment
 *   pulumi config set limitId "$(pulumi stack output limitId)"
 *                                            the next backup starts here
 *
 * At the end: Remove-VM web on the host, then pulumi destroy. A disk of a machine is never deleted,
 * running or not.
 */
import { win32 } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as vhd from "pulumi-vhd";

/** A disk may have millions of changed ranges; an output has room for some. */
const SHOWN_RANGES = 20;

const config = new pulumi.Config();

// Everything below happens on this host. A program may have several providers, one for each host;
// for a single host, `pulumi config set vhd:backend hyperv` and `vhd:host` are enough.
const provider = new vhd.Provider("host", {
  backend: "hyperv",
  host: config.get("host"),
  transport: config.get<"local" | "ssh" | "winrm">("transport"),
});

// Paths are those of the host: Windows paths, wherever this program runs.
const folder = config.require("folder");
const base = new vhd.VirtualDisk(
  "base",
  { path: win32.join(folder, "base.vhdx"), sizeBytes: 64 * 1024 ** 3 },
  { provider },
);
const web = new vhd.DifferencingDisk(
  "web",
  { path: win32.join(folder, "web.vhdx"), parentPath: base.path },
  { provider },
);

// A backup begins with a moment of the machine. A different string in `triggers` takes a new
// reference point; the former one is removed at the end of the update, when it is no longer needed.
const backup = config.get("backup");
const point =
  backup === undefined
    ? undefined
    : new vhd.ReferencePoint(
        "backup",
        {
          machineName: "web",
          triggers: [backup],
          holdHours: 24,
          copied: config.get("copied") === backup,
        },
        { provider, dependsOn: web },
      );

// The disk of the machine at that moment. Its id distinguishes it from the others: the machine may
// name another file by now, while the host merges a checkpoint.
const moment =
  point === undefined
    ? undefined
    : pulumi
        .all([point.disks, web.diskId])
        .apply(([disks, diskId]) => disks.find((disk) => disk.diskId === diskId) ?? disks[0]);

/** From where to copy, while the content of that moment is held. */
export const copyFrom = point?.isHeld.apply((isHeld) =>
  isHeld ? moment?.apply((disk) => disk?.path) : undefined,
);

/** That moment, as the beginning of the next backup; there is none before everything is copied. */
export const limitId = moment?.apply((disk) => disk?.limitId);

// The moment up to which everything is copied. It is in the configuration, because only the program
// that copies knows when a copy is done.
const copiedTo = config.get("limitId");

/**
 * What has changed since then. After 10,000 ranges, `nextToken` says where
 * `vhd.getVirtualDiskChanges` continues.
 */
export const changes =
  point === undefined || copiedTo === undefined
    ? undefined
    : vhd
        .getVirtualDiskChangesOutput(
          { path: web.path, limitId: copiedTo },
          { provider, dependsOn: point },
        )
        .apply(({ ranges, ...changed }) => ({ ...changed, ranges: ranges.slice(0, SHOWN_RANGES) }));
