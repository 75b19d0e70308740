import type { CimInstance, CimProperties } from "../cim/cim-session";
import { textOf, textsOf } from "../cim/cim-values";
import { parseEmbeddedInstance } from "../cim/embedded-instance";

/** What a VHD set holds. See `Msvm_VHDSetInformation`. */
export interface VhdSetInformation {
  readonly path: string;
  readonly snapshotIds: readonly string[];
  /** All files the set consists of. */
  readonly allPaths: readonly string[];
}

/** A snapshot of a VHD set. See `Msvm_VHDSnapshotInformation`. */
export interface VhdSnapshotInformation {
  readonly snapshotId: string;
  readonly filePath: string | undefined;
  readonly snapshotPath: string | undefined;
  readonly parentPaths: readonly string[];
  /** A limit id for change queries, where the snapshot is tracked. */
  readonly changeTrackingId: string | undefined;
}

/** Reads what GetVHDSetInformation gives. */
export function readSetInformation(instance: CimInstance, path: string): VhdSetInformation {
  const { properties } = instance;
  return {
    path: textOf(properties, "Path") ?? path,
    snapshotIds: textsOf(properties, "SnapshotIdList") ?? [],
    allPaths: textsOf(properties, "AllPaths") ?? [],
  };
}

/**
 * Reads what GetVHDSnapshotInformation gives. @returns `undefined` where the host has no list at
 * all
 */
export function readSnapshotInformation(
  outputs: CimProperties,
): VhdSnapshotInformation[] | undefined {
  const list = outputs["SnapshotInformation"];
  const instances =
    list?.type === "instance[]"
      ? (list.value ?? undefined)
      : textsOf(outputs, "SnapshotInformation")?.map((text) =>
          parseEmbeddedInstance(text, "SnapshotInformation"),
        );
  return instances?.map(({ properties }) => ({
    snapshotId: textOf(properties, "SnapshotId") ?? "",
    filePath: textOf(properties, "FilePath"),
    snapshotPath: textOf(properties, "SnapshotPath"),
    parentPaths: textsOf(properties, "ParentPathsList") ?? [],
    changeTrackingId: textOf(properties, "ResilientChangeTrackingId"),
  }));
}
