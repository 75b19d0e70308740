import type { DiskImage } from "../../../provider/image/disk-image";
import { DiskError, isDiskError } from "../../../provider/disk/errors";
import { extensionOf } from "../../../provider/disk/host-path";
import type { CimProperties, CimValue } from "../../../provider/hyperv/cim/cim-session";
import {
  numberOf,
  booleanOf,
  cimReference,
  cimString,
  cimUint16,
  cimUint32,
  cimUint64,
  embed,
  readEmbedded,
  textOf,
} from "./values";

import { V2, referTo } from "./cim-objects";
import type { Disks, NewDisk } from "./disks";
import { HRESULT, HostException, toHresult } from "./failure";
import type { SimulatedHostOptions } from "./options";
import type { HostMethod } from "./replies";
import { Tracking } from "./tracking";
import { dataPathOf, isVhdSet, listSetChanges, setMethods } from "./vhd-sets";

const TYPES = { fixed: 2, dynamic: 3, differencing: 4 } as const;
const FORMATS = { vhd: 2, vhdx: 3 } as const;
const NOT_MOUNTED = 32789;

/** The methods of the image management service of Windows Server 2012 and later. */
export function imageMethods(
  disks: Disks,
  options: SimulatedHostOptions,
): Readonly<Record<string, HostMethod>> {
  const methods = {
    CreateVirtualHardDisk: changing((args) =>
      disks.create(readNewDisk(textOf(args, "VirtualDiskSettingData") ?? "")),
    ),
    SetParentVirtualHardDisk: changing(async (args) => {
      if (booleanOf(args, "IgnoreIDMismatch") === true) {
        throw new DiskError("Internal", { what: "a child must never be put over another disk" });
      }
      await disks.setParent(textOf(args, "ChildPath") ?? "", textOf(args, "ParentPath") ?? "");
    }),
    ResizeVirtualHardDisk: changing((args) =>
      disks.grow(pathOf(args), numberOf(args, "MaxInternalSize") ?? 0),
    ),
    ValidateVirtualHardDisk: changing(async (args) =>
      (await disks.openChain(pathOf(args))).close(),
    ),
    GetVirtualHardDiskSettingData: reading(async (args) => ({
      SettingData: cimString(await describe(disks, pathOf(args), options)),
    })),
    GetVirtualHardDiskState: reading(async (args) => {
      const image = await disks.openImage(pathOf(args));
      await image.close();
      const FileSize = cimUint64(disks.sizeOfFile(pathOf(args)));
      return { State: cimString(embed("Msvm_VirtualHardDiskState", { FileSize })) };
    }),
  };
  return options.generation === undefined || options.generation === "2016"
    ? { ...methods, ...methodsOf2016(disks, options) }
    : methods;
}

/** @see Msvm_VirtualHardDiskSettingData */
function readNewDisk(text: string): NewDisk {
  const values = readEmbedded(text, "Msvm_VirtualHardDiskSettingData");
  const format = Object.entries(FORMATS).find(
    ([, number]) => String(number) === values["Format"],
  )?.[0];
  const type = Object.entries(TYPES).find(([, number]) => String(number) === values["Type"])?.[0];
  if (format === undefined || type === undefined) {
    throw new HostException(HRESULT.invalidParameter);
  }
  const sizeOf = (name: string): number | undefined => Number(values[name] ?? "0") || undefined;
  return {
    path: values["Path"] ?? "",
    format: format as NewDisk["format"],
    type: type as NewDisk["type"],
    parentPath: values["ParentPath"],
    diskId: values["VirtualDiskId"],
    sizeBytes: sizeOf("MaxInternalSize"),
    blockSizeBytes: sizeOf("BlockSize"),
    logicalSectorSizeBytes: sizeOf("LogicalSectorSize") ?? 512,
    physicalSectorSizeBytes: sizeOf("PhysicalSectorSize") ?? 4096,
  };
}

function methodsOf2016(
  disks: Disks,
  options: SimulatedHostOptions,
): Readonly<Record<string, HostMethod>> {
  return {
    ...setMethods(disks),
    FindMountedStorageImageInstance: {
      reads: true,
      run: (args) => {
        const path = textOf(args, "SelectionCriterion") ?? "";
        return disks.isMounted(path)
          ? {
              outputs: {
                Image: cimReference(referTo(V2, "Msvm_MountedStorageImage", "Name", path)),
              },
            }
          : { returnValue: NOT_MOUNTED };
      },
    },
    GetVirtualDiskChanges: reading(async (args) =>
      listChanges(disks, args, options.maxRangesPerAnswer ?? 1024),
    ),
  };
}

async function listChanges(
  disks: Disks,
  args: CimProperties,
  maxRanges: number,
): Promise<CimProperties> {
  const path = pathOf(args);
  const window = {
    offsetBytes: numberOf(args, "ByteOffset") ?? 0,
    lengthBytes: numberOf(args, "ByteLength") ?? 0,
  };
  const limitId = textOf(args, "LimitId") ?? "";
  const targetSnapshotId = textOf(args, "TargetSnapshotId");
  if (targetSnapshotId !== undefined && !isVhdSet(path)) {
    throw new HostException(HRESULT.invalidParameter);
  }
  if (isVhdSet(path)) {
    return changesOutputs(
      await listSetChanges(disks, path, limitId, targetSnapshotId, window, maxRanges),
    );
  }
  const image = await disks.openImage(path);
  await image.close();
  // Documented: the length must be less than the size of the disk.
  if (window.lengthBytes >= image.properties.sizeBytes) {
    throw new HostException(HRESULT.invalidParameter);
  }
  const tracking = new Tracking(disks.volumes.toLocal(path));
  return changesOutputs(tracking.listChanges(limitId, window, maxRanges));
}

function changesOutputs(part: ReturnType<Tracking["listChanges"]>): CimProperties {
  const list = (values: readonly number[]): CimValue => ({
    type: "uint64[]",
    // Where nothing changed there is no list at all.
    value: values.length === 0 ? null : values.map(BigInt),
  });
  return {
    ProcessedByteLength: cimUint64(part.processedBytes),
    ChangedByteOffsets: list(part.ranges.map((range) => range.offsetBytes)),
    ChangedByteLengths: list(part.ranges.map((range) => range.lengthBytes)),
  };
}

async function describe(
  disks: Disks,
  path: string,
  options: SimulatedHostOptions,
): Promise<string> {
  disks.assertReachable(path);
  if (!disks.volumes.hasFolderOf(path)) {
    throw new HostException(HRESULT.pathNotFound);
  }
  const isSet = isVhdSet(path);
  if (!isSet && ![".vhd", ".vhdx", ".avhd", ".avhdx"].includes(extensionOf(path))) {
    throw new HostException(HRESULT.notVirtualDisk);
  }
  const image = await disks.openImage(isSet ? dataPathOf(disks, path) : path);
  await image.close();
  if (options.describesBrokenChains === false) {
    await assertSound(disks, path, image);
  }
  const parentPath = await findParentPath(disks, path, image);
  return embed(
    "Msvm_VirtualHardDiskSettingData",
    {
      Caption: cimString("設定データ"),
      Type: cimUint16(TYPES[image.properties.type]),
      Format: cimUint16(isSet ? 4 : FORMATS[image.properties.format]),
      Path: cimString(path),
      ParentPath: cimString(parentPath),
      MaxInternalSize: cimUint64(image.properties.sizeBytes),
      BlockSize: cimUint32(image.properties.type === "fixed" ? 0 : image.properties.blockSizeBytes),
      LogicalSectorSize: cimUint32(image.properties.logicalSectorSizeBytes),
      PhysicalSectorSize: cimUint32(image.properties.physicalSectorSizeBytes),
      ...idsOf(image),
    },
    ["DataAlignment", "ParentTimestamp"],
  );
}

/** @see Msvm_StorageJob.Child, Parent */
async function assertSound(disks: Disks, path: string, image: DiskImage): Promise<void> {
  try {
    await (await disks.openChain(path)).close();
  } catch (error) {
    const parent =
      image.properties.parentLocator?.paths.find(({ kind }) => kind === "absolute")?.path ?? "";
    throw new HostException(toHresult(error), { child: path, parent: `\\??\\${parent}` });
  }
}

function idsOf({ properties }: DiskImage): CimProperties {
  const [parentId] = properties.parentLocator?.linkageIds ?? [];
  return {
    VirtualDiskId: cimString(properties.diskId.toUpperCase()),
    ...(parentId === undefined
      ? {}
      : { ParentIdentifier: cimString(`{${parentId.toUpperCase()}}`) }),
  };
}

/** A parent that cannot be read is told as recorded. */
async function findParentPath(disks: Disks, path: string, image: DiskImage): Promise<string> {
  try {
    return await disks.findParentPath(path, image);
  } catch (error) {
    if (error instanceof HostException || isDiskError(error)) {
      return (
        image.properties.parentLocator?.paths.find((entry) => entry.kind === "absolute")?.path ?? ""
      );
    }
    throw error;
  }
}

function pathOf(args: CimProperties): string {
  return textOf(args, "Path") ?? "";
}

/** A method that gives results. */
export function reading(run: (args: CimProperties) => Promise<CimProperties>): HostMethod {
  return { reads: true, run: async (args) => ({ outputs: await run(args) }) };
}

/** A method that does something. */
export function changing(run: (args: CimProperties) => Promise<void>): HostMethod {
  return {
    reads: false,
    run: async (args) => {
      await run(args);
      return {};
    },
  };
}
