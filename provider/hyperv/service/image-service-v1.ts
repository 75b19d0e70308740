import { DiskError } from "../../disk/errors";
import { formatOfPath } from "../../disk/host-path";
import type { CimInstance, CimReference } from "../cim/cim-session";
import { cimBoolean, cimString, cimUint64, numberOf, textOf } from "../cim/cim-values";
import { embeddedInstanceOf } from "../cim/embedded-instance";
import { BoundService } from "./bound-service";
import type { ChangesAnswer, DiskState, ImageService, SetParentRequest } from "./image-service";
import { findMountedImage } from "./mounted-image";
import { DISK_TYPES, type DiskSettings, type NewDiskSettings, sizeOf } from "./setting-data";
import type { VhdSetInformation, VhdSnapshotInformation } from "./vhd-set";

const SECTOR_SIZE_BYTES = 512;
/** The only block size that this service ever writes. */
const BLOCK_SIZE_BYTES = 2 * 1024 * 1024;

/**
 * The service of Windows Server 2008 to 2008 R2, in root\virtualization. It knows `.vhd` only.
 *
 * @see Msvm_ImageManagementService.CreateDifferencingVirtualHardDisk
 */
export class ImageServiceV1 extends BoundService implements ImageService {
  async createVirtualHardDisk(settings: NewDiskSettings): Promise<void> {
    assertServed(settings);
    const size = {
      Path: cimString(settings.path),
      MaxInternalSize: cimUint64(settings.sizeBytes ?? 0),
    };
    if (settings.type === "differencing") {
      await this.change("CreateDifferencingVirtualHardDisk", settings.path, {
        Path: cimString(settings.path),
        ParentPath: cimString(settings.parentPath ?? ""),
      });
    } else if (settings.type === "dynamic") {
      await this.change("CreateDynamicVirtualHardDisk", settings.path, size);
    } else {
      await this.change("CreateFixedVirtualHardDisk", settings.path, size);
    }
  }

  async getVirtualHardDiskSettingData(path: string): Promise<DiskSettings> {
    const { properties } = await this.#readInfo(path);
    const type = DISK_TYPES[numberOf(properties, "Type") ?? 0];
    if (type === undefined) {
      throw new DiskError("UnsupportedImage", {
        what: "the host reports a type of disk that is not supported",
        subject: path,
        facts: { type: numberOf(properties, "Type") },
        remedy: "Use a .vhd image.",
      });
    }
    const parentPath = textOf(properties, "ParentPath") ?? "";
    return {
      path,
      format: "vhd",
      type,
      sizeBytes: sizeOf(properties, "MaxInternalSize", path),
      blockSizeBytes: type === "fixed" ? 0 : BLOCK_SIZE_BYTES,
      logicalSectorSizeBytes: SECTOR_SIZE_BYTES,
      physicalSectorSizeBytes: SECTOR_SIZE_BYTES,
      ...(type === "differencing" && parentPath !== "" ? { parentPath } : {}),
    };
  }

  async getVirtualHardDiskState(path: string): Promise<DiskState> {
    const { properties } = await this.#readInfo(path);
    return { fileSizeBytes: sizeOf(properties, "FileSize", path) };
  }

  async setParentVirtualHardDisk(request: SetParentRequest): Promise<void> {
    await this.change("ReconnectParentVirtualHardDisk", request.childPath, {
      ChildPath: cimString(request.childPath),
      ParentPath: cimString(request.parentPath),
      // Never true: a child over other content than it was made over reads as garbage.
      Force: cimBoolean(false),
    });
  }

  async resizeVirtualHardDisk(path: string, sizeBytes: number): Promise<void> {
    await this.change("ExpandVirtualHardDisk", path, {
      Path: cimString(path),
      MaxInternalSize: cimUint64(sizeBytes),
    });
  }

  findMountedStorageImageInstance(path: string): Promise<CimReference | undefined> {
    return findMountedImage(this.host, this.service.namespace, path);
  }

  getVHDSetInformation(path: string): Promise<VhdSetInformation> {
    return Promise.reject(tooOld("VHD sets", path));
  }

  getVHDSnapshotInformation(path: string): Promise<VhdSnapshotInformation[]> {
    return Promise.reject(tooOld("VHD sets", path));
  }

  getVirtualDiskChanges(request: { readonly path: string }): Promise<ChangesAnswer> {
    return Promise.reject(tooOld("change queries", request.path));
  }

  #readInfo(path: string): Promise<CimInstance> {
    if (formatOfPath(path) === "vhdx") {
      throw tooOld(".vhdx images", path);
    }
    return this.read("GetVirtualHardDiskInfo", path, { Path: cimString(path) }, (result) =>
      embeddedInstanceOf(result.outputs, "Info"),
    );
  }
}

/** Everything that this service would ignore without a word is refused. */
function assertServed(settings: NewDiskSettings): void {
  if (settings.format !== "vhd") {
    throw tooOld(".vhdx images", settings.path);
  }
  if (settings.type === "differencing" && settings.sizeBytes !== undefined) {
    throw tooOld("children larger than their parent", settings.path);
  }
  const blockSizeBytes = settings.type === "fixed" ? undefined : settings.blockSizeBytes;
  if (blockSizeBytes !== undefined && blockSizeBytes !== BLOCK_SIZE_BYTES) {
    throw tooOld(`blocks other than ${BLOCK_SIZE_BYTES} bytes`, settings.path);
  }
  const sectorSizes = [settings.logicalSectorSizeBytes, settings.physicalSectorSizeBytes];
  if (sectorSizes.some((size) => size !== undefined && size !== SECTOR_SIZE_BYTES)) {
    throw tooOld(`sectors other than ${SECTOR_SIZE_BYTES} bytes`, settings.path);
  }
}

function tooOld(what: string, path: string): DiskError {
  return new DiskError("NotSupported", {
    what: `this host is too old for ${what}`,
    subject: path,
    remedy:
      "It offers only the interface of Windows Server 2008. Use a .vhd with its defaults, or a " +
      "newer host.",
  });
}
