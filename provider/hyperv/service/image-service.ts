import { isDiskError } from "../../disk/errors";
import type { CimProperties, CimReference, CimValue } from "../cim/cim-session";
import {
  bigintOf,
  bigintsOf,
  cimBoolean,
  cimString,
  cimUint16,
  cimUint64,
  referenceOf,
} from "../cim/cim-values";
import { embeddedInstanceOf, serializeEmbeddedInstance } from "../cim/embedded-instance";
import { BoundService } from "./bound-service";
import { RETURN_OBJECT_NOT_FOUND } from "./codes/return-values";
import { type ServiceResult, callReader } from "./service-call";
import {
  type DiskSettings,
  type NewDiskSettings,
  createSettingData,
  readSettingData,
  sizeOf,
} from "./setting-data";
import { findMountedImage } from "./mounted-image";
import {
  type VhdSetInformation,
  type VhdSnapshotInformation,
  readSetInformation,
  readSnapshotInformation,
} from "./vhd-set";

/**
 * The image management service of a host: its methods, typed. Every method waits for the job it
 * started.
 *
 * @throws in all methods the codes that the host's numbers mean. NotFound is what the host says,
 *   not yet a proof.
 */
export interface ImageService {
  /** The namespace that the service is in, which says its generation. */
  readonly namespace: string;

  /**
   * @throws AlreadyExists, never overwriting; an error that `isOutcomeUnknown` recognises: look at
   *   the path first
   */
  createVirtualHardDisk(settings: NewDiskSettings): Promise<void>;

  /** What a disk is; its chain is not verified. */
  getVirtualHardDiskSettingData(path: string): Promise<DiskSettings>;

  /** What changes about a disk while it is used. */
  getVirtualHardDiskState(path: string): Promise<DiskState>;

  /**
   * Records another place for the parent of a differencing disk. @throws ParentMismatch,
   * ParentNotFound, InUse
   */
  setParentVirtualHardDisk(request: SetParentRequest): Promise<void>;

  /** Changes the virtual size. */
  resizeVirtualHardDisk(path: string, sizeBytes: number): Promise<void>;

  /**
   * Writes what a child holds into one of its parents. What is between the two becomes invalid and
   * is not deleted.
   */
  mergeVirtualHardDisk(sourcePath: string, destinationPath: string): Promise<void>;

  /** Opens a disk with its whole chain. @throws the reason why a link of it does not hold */
  validateVirtualHardDisk(path: string): Promise<void>;

  /** What a VHD set holds. */
  getVHDSetInformation(path: string): Promise<VhdSetInformation>;

  /** What is known of snapshots of a VHD set. */
  getVHDSnapshotInformation(
    path: string,
    snapshotIds: readonly string[],
  ): Promise<readonly VhdSnapshotInformation[]>;

  /**
   * Finds the disk that the host itself has mounted from a path. A disk that a machine uses is not
   * found: it shows only by refusing to be opened.
   */
  findMountedStorageImageInstance(path: string): Promise<CimReference | undefined>;

  /** Asks for one part of the changes; the host decides how much of it to tell. */
  getVirtualDiskChanges(request: ChangesRequest): Promise<ChangesAnswer>;
}

/** See `Msvm_VirtualHardDiskState`. */
export interface DiskState {
  readonly fileSizeBytes: number;
}

/** See `Msvm_ImageManagementService.SetParentVirtualHardDisk`. */
export interface SetParentRequest {
  readonly childPath: string;
  readonly parentPath: string;
  /** The leaf of the chain, when a machine uses it; absent for disks that are offline. */
  readonly leafPath?: string;
}

/** See `Msvm_ImageManagementService.GetVirtualDiskChanges`. */
export interface ChangesRequest {
  readonly path: string;
  readonly limitId: string;
  readonly targetSnapshotId?: string | undefined;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** As the host gave it, not yet checked. */
export interface ChangesAnswer {
  readonly processedBytes: bigint | undefined;
  /** `undefined` where the host has no list, which is how it says that nothing changed. */
  readonly offsetsBytes: readonly bigint[] | undefined;
  readonly lengthsBytes: readonly bigint[] | undefined;
}

const CRITERION_PATH = 2;
/** Of a set all its files, of a snapshot all its parents. */
const ADDITIONAL_PATHS: CimValue = { type: "uint32[]", value: [2] };

/** The service of Windows Server 2012 and later. */
export class ImageServiceV2 extends BoundService implements ImageService {
  async createVirtualHardDisk(settings: NewDiskSettings): Promise<void> {
    await this.change("CreateVirtualHardDisk", settings.path, {
      VirtualDiskSettingData: cimString(serializeEmbeddedInstance(createSettingData(settings))),
    });
  }

  async getVirtualHardDiskSettingData(path: string): Promise<DiskSettings> {
    const instance = await this.read(
      "GetVirtualHardDiskSettingData",
      path,
      { Path: cimString(path) },
      (result) => embeddedInstanceOf(result.outputs, "SettingData"),
    );
    return readSettingData(instance, path);
  }

  async getVirtualHardDiskState(path: string): Promise<DiskState> {
    const instance = await this.read(
      "GetVirtualHardDiskState",
      path,
      { Path: cimString(path) },
      (result) => embeddedInstanceOf(result.outputs, "State"),
    );
    return { fileSizeBytes: sizeOf(instance.properties, "FileSize", path) };
  }

  async setParentVirtualHardDisk(request: SetParentRequest): Promise<void> {
    await this.change("SetParentVirtualHardDisk", request.childPath, {
      ChildPath: cimString(request.childPath),
      ParentPath: cimString(request.parentPath),
      ...(request.leafPath === undefined ? {} : { LeafPath: cimString(request.leafPath) }),
      // Never true: a child over other content than it was made over reads as garbage.
      IgnoreIDMismatch: cimBoolean(false),
    });
  }

  async resizeVirtualHardDisk(path: string, sizeBytes: number): Promise<void> {
    await this.change("ResizeVirtualHardDisk", path, {
      Path: cimString(path),
      MaxInternalSize: cimUint64(sizeBytes),
    });
  }

  async getVHDSetInformation(path: string): Promise<VhdSetInformation> {
    const instance = await this.read(
      "GetVHDSetInformation",
      path,
      { VHDSetPath: cimString(path), AdditionalInformation: ADDITIONAL_PATHS },
      (result) => embeddedInstanceOf(result.outputs, "Information"),
    );
    return readSetInformation(instance, path);
  }

  async getVHDSnapshotInformation(
    path: string,
    snapshotIds: readonly string[],
  ): Promise<VhdSnapshotInformation[]> {
    return this.read(
      "GetVHDSnapshotInformation",
      path,
      {
        VHDSetPath: cimString(path),
        SnapshotIds: { type: "string[]", value: snapshotIds },
        AdditionalInformation: ADDITIONAL_PATHS,
      },
      (result) => readSnapshotInformation(result.outputs),
    );
  }

  async findMountedStorageImageInstance(path: string): Promise<CimReference | undefined> {
    const call = {
      target: this.service,
      method: "FindMountedStorageImageInstance",
      arguments: { SelectionCriterion: cimString(path), CriterionType: cimUint16(CRITERION_PATH) },
      subject: path,
      answers: [RETURN_OBJECT_NOT_FOUND],
    };
    try {
      const found = await callReader(this.host, call, (result) => ({
        image: referenceOf(result.outputs, "Image"),
      }));
      return found.image;
    } catch (error) {
      if (isDiskError(error, "NotSupported")) {
        return findMountedImage(this.host, this.service.namespace, path);
      }
      throw error;
    }
  }

  async getVirtualDiskChanges(request: ChangesRequest): Promise<ChangesAnswer> {
    return this.read("GetVirtualDiskChanges", request.path, changesArguments(request), readChanges);
  }
}

function changesArguments(request: ChangesRequest): CimProperties {
  return {
    Path: cimString(request.path),
    LimitId: cimString(request.limitId),
    ...(request.targetSnapshotId === undefined
      ? {}
      : { TargetSnapshotId: cimString(request.targetSnapshotId) }),
    ByteOffset: cimUint64(request.offsetBytes),
    ByteLength: cimUint64(request.lengthBytes),
  };
}

/**
 * The lists are filled when the method returns. Where a job did the work they stay empty, which
 * does not mean that nothing changed.
 */
function readChanges(result: ServiceResult): ChangesAnswer | undefined {
  const answer = {
    processedBytes: bigintOf(result.outputs, "ProcessedByteLength"),
    offsetsBytes: bigintsOf(result.outputs, "ChangedByteOffsets"),
    lengthsBytes: bigintsOf(result.outputs, "ChangedByteLengths"),
  };
  const isAnswered = result.job === undefined || (answer.offsetsBytes?.length ?? 0) > 0;
  return isAnswered ? answer : undefined;
}
