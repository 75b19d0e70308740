/**
 * Disks on a Hyper-V host, and the incremental backups of the machine that uses one of them.
 *
 *   npm install && pulumi stack init dev
 *   pulumi config set host hv7.example.com      over SSH; leave it out on the host itself
 *   pulumi config set folder 'D:\disks'
 *   pulumi up                                   then, on the host: New-VM web -VHDPath D:\disks\web.vhdx
 *
 * For each backup:
 *
 *   pulumi config set backup 2026-11-20         any new text
 *   pulumi up                                   tells the ranges to copy; the first time, copy the whole disk
 *   pulumi config set limitId "$(pulumi stack output limitId)"        when all are copied: the next backup begins here
 */
import { win32 } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as vhd from "pulumi-vhd";

const config = new pulumi.Config();

// Everything below happens on this host. A program may have several providers, one for each host; for a single one,
// `pulumi config set vhd:backend hyperv` and `vhd:host` do as well.
const provider = new vhd.Provider("host", {
  backend: "hyperv",
  host: config.get("host"),
  transport: config.get<"local" | "ssh" | "winrm">("transport"),
});

// Paths are those of the host: Windows paths, wherever this program runs.
const folder = config.require("folder");
const webPath = win32.join(folder, "web.vhdx");
const base = new vhd.VirtualDisk(
  "base",
  { path: win32.join(folder, "base.vhdx"), sizeBytes: 64 * 1024 ** 3 },
  { provider },
);
const web = new vhd.DifferencingDisk("web", { path: webPath, parentPath: base.path }, { provider });

// A backup begins with a moment of the machine. Another text in `triggers` takes a new reference point; the former one is
// removed at the end of the update, when it is not needed any more.
const backup = config.get("backup");
const point =
  backup === undefined
    ? undefined
    : new vhd.ReferencePoint("backup", { machineName: "web", triggers: [backup] }, { provider, dependsOn: web });

/** That moment, for the disk of the machine. */
export const limitId = point?.disks.apply(
  (disks) => disks.find(({ path }) => path?.toLowerCase() === webPath.toLowerCase())?.limitId,
);

// The moment up to which everything is copied. It stands in the configuration, for only who copies knows when a copy is done.
const copiedTo = config.get("limitId");

/**
 * What has changed since then, as of now. It is asked for after the new point was taken, so that nothing falls between two
 * backups. After 10,000 ranges, `nextToken` tells where `vhd.getVirtualDiskChanges` goes on.
 */
export const changes =
  point === undefined || copiedTo === undefined
    ? undefined
    : vhd.getVirtualDiskChangesOutput({ path: web.path, limitId: copiedTo }, { provider, dependsOn: point });
