import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { extensionOf } from "../../../provider/disk/host-path";
import type { ChangedRange } from "../../../provider/disk/ranges";
import { cimString, textOf, textsOf, embed } from "./values";

import type { Disks } from "./disks";
import { HRESULT, HostException } from "./failure";
import type { HostMethod } from "./replies";
import { type ChangesPart, Tracking } from "./tracking";

/** What a `.vhds` file of a simulated host holds. */
interface VhdSet {
  /** The image with the content. */
  readonly dataPath: string;
  readonly snapshots: { readonly id: string; readonly trackingId: string }[];
}

export function isVhdSet(path: string): boolean {
  return extensionOf(path) === ".vhds";
}

/** Makes a VHD set over a disk that is tracked. */
export function writeVhdSet(disks: Disks, path: string, dataPath: string): void {
  write(disks, path, { dataPath, snapshots: [] });
}

/** Takes a snapshot of a VHD set. @returns its id */
export function takeSnapshot(disks: Disks, path: string): string {
  const set = read(disks, path);
  const id = randomUUID().toUpperCase();
  const trackingId = new Tracking(disks.volumes.toLocal(set.dataPath)).takeId();
  write(disks, path, { ...set, snapshots: [...set.snapshots, { id, trackingId }] });
  return id;
}

/** Where the content of a VHD set is. */
export function dataPathOf(disks: Disks, path: string): string {
  return read(disks, path).dataPath;
}

/** What changed between two snapshots, or since one. */
export async function listSetChanges(
  disks: Disks,
  path: string,
  limitId: string,
  targetSnapshotId: string | undefined,
  window: ChangedRange,
  maxRanges: number,
): Promise<ChangesPart> {
  const { dataPath, snapshots } = read(disks, path);
  const trackingIdOf = (id: string): string => {
    const snapshot = snapshots.find((each) => each.id === id.toUpperCase());
    if (snapshot === undefined) {
      throw new HostException(HRESULT.invalidTrackingId);
    }
    return snapshot.trackingId;
  };
  const target = targetSnapshotId === undefined ? undefined : trackingIdOf(targetSnapshotId);
  const tracking = new Tracking(disks.volumes.toLocal(dataPath));
  return Promise.resolve(tracking.listChanges(trackingIdOf(limitId), window, maxRanges, target));
}

/** The methods of the image service that tell about VHD sets. */
export function setMethods(disks: Disks): Readonly<Record<string, HostMethod>> {
  return {
    GetVHDSetInformation: {
      reads: true,
      run: (args) => {
        const path = textOf(args, "VHDSetPath") ?? "";
        const { dataPath, snapshots } = read(disks, path);
        const text = embed("Msvm_VHDSetInformation", {
          Path: cimString(path),
          SnapshotIdList: { type: "string[]", value: snapshots.map(({ id }) => id) },
          AllPaths: { type: "string[]", value: [path, dataPath] },
        });
        return { outputs: { Information: cimString(text) } };
      },
    },
    GetVHDSnapshotInformation: {
      reads: true,
      run: (args) => {
        const path = textOf(args, "VHDSetPath") ?? "";
        const { dataPath, snapshots } = read(disks, path);
        const wanted = textsOf(args, "SnapshotIds") ?? [];
        const texts = snapshots
          .filter(({ id }) => wanted.includes(id))
          .map(({ id, trackingId }) =>
            embed("Msvm_VHDSnapshotInformation", {
              FilePath: cimString(path),
              SnapshotId: cimString(id),
              SnapshotPath: cimString(dataPath),
              ParentPathsList: { type: "string[]", value: [] },
              ResilientChangeTrackingId: cimString(trackingId),
            }),
          );
        return { outputs: { SnapshotInformation: { type: "string[]", value: texts } } };
      },
    },
  };
}

function read(disks: Disks, path: string): VhdSet {
  const local = disks.volumes.toLocal(path);
  if (!existsSync(local)) {
    throw new HostException(HRESULT.fileNotFound);
  }
  return JSON.parse(readFileSync(local, "utf8")) as VhdSet;
}

function write(disks: Disks, path: string, set: VhdSet): void {
  writeFileSync(disks.volumes.toLocal(path), JSON.stringify(set));
}
