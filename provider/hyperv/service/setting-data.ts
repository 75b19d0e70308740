import type { DiskFormat, DiskType } from "../../disk/disk";
import { DiskError } from "../../disk/errors";
import { tryParseGuid, ZERO_GUID } from "../../disk/guid";
import type { CimInstance, CimProperties, CimValue } from "../cim/cim-session";
import {
  bigintOf,
  cimString,
  cimUint16,
  cimUint32,
  cimUint64,
  numberOf,
  textOf,
} from "../cim/cim-values";

/** What `Msvm_VirtualHardDiskSettingData` says about a disk. */
export interface DiskSettings {
  readonly path: string;
  readonly format: DiskFormat | "vhdset";
  readonly type: DiskType;
  readonly sizeBytes: number;
  /** 0 where the host shows none, as for a fixed VHD. */
  readonly blockSizeBytes: number;
  readonly logicalSectorSizeBytes: number;
  readonly physicalSectorSizeBytes: number;
  /** Where the host finds the parent, or looked for it; differencing disks only. */
  readonly parentPath?: string;
  /** What the child records of its parent; 2016 and later. */
  readonly parentId?: string;
  /** The page 83 id of a VHDX, the unique id of a VHD; 2012 R2 and later. */
  readonly diskId?: string;
}

/**
 * What a disk is to be made as. Members that are absent get the host's defaults, for children those
 * of the parent.
 */
export interface NewDiskSettings {
  readonly path: string;
  readonly format: DiskFormat;
  readonly type: DiskType;
  readonly parentPath?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly blockSizeBytes?: number | undefined;
  readonly logicalSectorSizeBytes?: number | undefined;
  readonly physicalSectorSizeBytes?: number | undefined;
  /**
   * What it is to be known by; a host that takes no id for a disk gives it one. Disks without
   * parent only.
   */
  readonly diskId?: string | undefined;
}

/** What the numbers of `Type` mean, in both generations of the service. */
export const DISK_TYPES: Readonly<Record<number, DiskType>> = {
  2: "fixed",
  3: "dynamic",
  4: "differencing",
};
const FORMATS: Readonly<Record<number, DiskSettings["format"]>> = {
  2: "vhd",
  3: "vhdx",
  4: "vhdset",
};
const TYPE_NUMBERS: Readonly<Record<DiskType, number>> = { fixed: 2, dynamic: 3, differencing: 4 };
const FORMAT_NUMBERS: Readonly<Record<DiskFormat, number>> = { vhd: 2, vhdx: 3 };
const SECTOR_SIZE_BYTES = 512;

/**
 * Writes the object that CreateVirtualHardDisk takes.
 *
 * @see Msvm_VirtualHardDiskSettingData
 */
export function createSettingData(settings: NewDiskSettings): CimInstance {
  const properties: Record<string, CimValue> = {
    Type: cimUint16(TYPE_NUMBERS[settings.type]),
    Format: cimUint16(FORMAT_NUMBERS[settings.format]),
    Path: cimString(settings.path),
  };
  if (settings.parentPath !== undefined) {
    properties["ParentPath"] = cimString(settings.parentPath);
  }
  if (settings.diskId !== undefined) {
    properties["VirtualDiskId"] = cimString(settings.diskId);
  }
  if (settings.sizeBytes !== undefined) {
    properties["MaxInternalSize"] = cimUint64(settings.sizeBytes);
  }
  const sizes = {
    BlockSize: settings.blockSizeBytes,
    LogicalSectorSize: settings.logicalSectorSizeBytes,
    PhysicalSectorSize: settings.physicalSectorSizeBytes,
  };
  for (const [name, value] of Object.entries(sizes)) {
    if (value !== undefined) {
      properties[name] = cimUint32(value);
    }
  }
  return { className: "Msvm_VirtualHardDiskSettingData", properties };
}

/**
 * Reads what GetVirtualHardDiskSettingData gives.
 *
 * @param path that was asked for
 * @throws UnsupportedImage for a format or type that is not known here; OutOfRange for a size
 *   beyond 2^53
 */
export function readSettingData(instance: CimInstance, path: string): DiskSettings {
  const { properties } = instance;
  const type = DISK_TYPES[numberOf(properties, "Type") ?? 0];
  const format = FORMATS[numberOf(properties, "Format") ?? 0];
  if (type === undefined || format === undefined) {
    throw unknownKind(path, properties);
  }
  const parentPath = filledTextOf(properties, "ParentPath");
  const parentId = guidOf(properties, "ParentIdentifier");
  const diskId = guidOf(properties, "VirtualDiskId");
  return {
    path: filledTextOf(properties, "Path") ?? path,
    format,
    type,
    sizeBytes: sizeOf(properties, "MaxInternalSize", path),
    blockSizeBytes: numberOf(properties, "BlockSize") ?? 0,
    logicalSectorSizeBytes: numberOf(properties, "LogicalSectorSize") ?? SECTOR_SIZE_BYTES,
    physicalSectorSizeBytes: numberOf(properties, "PhysicalSectorSize") ?? SECTOR_SIZE_BYTES,
    ...(type === "differencing" && parentPath !== undefined ? { parentPath } : {}),
    ...(type === "differencing" && parentId !== undefined ? { parentId } : {}),
    ...(diskId === undefined ? {} : { diskId }),
  };
}

/**
 * Reads a number of bytes that the host gives as uint64.
 *
 * @returns 0 where the host has no value
 * @throws OutOfRange where JavaScript cannot hold it exactly
 */
export function sizeOf(properties: CimProperties, name: string, subject: string): number {
  const value = bigintOf(properties, name) ?? 0n;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new DiskError("OutOfRange", {
      what: "the host returned a number of bytes that is too large to be exact",
      subject,
      facts: { [name]: value },
      remedy: "No disk is that large: check the health of the host.",
    });
  }
  return Number(value);
}

function filledTextOf(properties: CimProperties, name: string): string | undefined {
  const text = textOf(properties, name);
  return text === "" ? undefined : text;
}

function guidOf(properties: CimProperties, name: string): string | undefined {
  const guid = tryParseGuid(textOf(properties, name) ?? "");
  return guid === ZERO_GUID ? undefined : guid;
}

function unknownKind(path: string, properties: CimProperties): DiskError {
  return new DiskError("UnsupportedImage", {
    what: "the host reports a type of disk that is not supported",
    subject: path,
    facts: { type: numberOf(properties, "Type"), format: numberOf(properties, "Format") },
    remedy: "Use a .vhd or .vhdx image.",
  });
}
