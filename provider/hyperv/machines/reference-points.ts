import { DiskError, isDiskError } from "../../disk/errors";
import { tryParseGuid } from "../../disk/guid";
import type {
  CreateReferencePointRequest,
  ReferencePoint,
  ReferencePointDisk,
  ReferencePointService,
} from "../../disk/reference-point";
import { isOutcomeUnknown } from "../cim/cim-failure";
import type { CimInstance, CimReference, CimSession } from "../cim/cim-session";
import { cimReference, cimString, cimUint16, numberOf, referenceOf, textOf, textsOf } from "../cim/cim-values";
import { serializeEmbeddedInstance } from "../cim/embedded-instance";
import type { ImageService } from "../service/image-service";
import { type JobHost, type JobHostOptions, createJobHost } from "../service/job-host";
import { type Machine, findMachine, isRecoveryCheckpoint, listRecoveryCheckpoints } from "./machine";
import { listAssociated, queryInstances } from "../service/ask-host";
import { NAMESPACE_V2, findService, openImageService } from "../service/open-service";
import { type ServiceResult, callMethod } from "../service/service-call";
import { Turns } from "../../disk/turns";

const SNAPSHOT_SERVICE = "Msvm_VirtualSystemSnapshotService";
const REFERENCE_POINT_SERVICE = "Msvm_VirtualSystemReferencePointService";
const REFERENCE_POINT = "Msvm_VirtualSystemReferencePoint";
/** The kind of checkpoint that can be converted to a reference point. */
const SNAPSHOT_TYPE_RECOVERY = 32768;
const CONSISTENCY = { application: 1, crash: 2 } as const;

/**
 * Makes the service for reference points of a Hyper-V host, Windows Server 2016 or later.
 *
 * @param session is owned by the service from here on and closed with it
 */
export function createReferencePointService(session: CimSession, options: JobHostOptions = {}): ReferencePointService {
  return new HypervReferencePoints(createJobHost(session, options));
}

/**
 * A reference point is what remains of a recovery checkpoint when the host converts it. Each of the two steps may break
 * off with its outcome unknown; then what is new on the host tells how far it came.
 *
 * @see Msvm_VirtualSystemSnapshotService.CreateSnapshot, ConvertToReferencePoint
 */
class HypervReferencePoints implements ReferencePointService {
  readonly #turns = new Turns();

  constructor(private readonly host: JobHost) {}

  async create(request: CreateReferencePointRequest): Promise<ReferencePoint> {
    const machine = await findMachine(this.host, request.machine);
    return this.#turns.take({ exclusive: [machine.id] }, async () => {
      const service = await findService(this.host, NAMESPACE_V2, SNAPSHOT_SERVICE);
      const checkpoint = await this.#makeCheckpoint(service, machine, request);
      const point = await this.#convert(service, machine, checkpoint);
      try {
        return await this.#describe(point);
      } catch (error) {
        await this.destroy(textOf(point.properties, "InstanceID") ?? "");
        throw error;
      }
    });
  }

  async read(id: string): Promise<ReferencePoint> {
    const point = await this.#find(id);
    if (point === undefined) {
      throw new DiskError("NotFound", {
        what: "the host has no such reference point",
        subject: id,
        remedy: "Take a new one, and make a full copy of the disks as its baseline.",
      });
    }
    return this.#describe(point);
  }

  async destroy(id: string): Promise<void> {
    const point = await this.#find(id);
    if (point?.reference === undefined) {
      return;
    }
    const target = await findService(this.host, NAMESPACE_V2, REFERENCE_POINT_SERVICE);
    try {
      await callMethod(this.host, {
        target,
        method: "DestroyReferencePoint",
        arguments: { AffectedReferencePoint: cimReference(point.reference) },
        subject: id,
      });
    } catch (error) {
      if ((await this.#find(id)) !== undefined) {
        throw error;
      }
    }
  }

  close(): Promise<void> {
    return this.host.session.close();
  }

  async #makeCheckpoint(
    target: CimReference,
    machine: Machine,
    request: CreateReferencePointRequest,
  ): Promise<CimReference> {
    const before = await listRecoveryCheckpoints(this.host, machine);
    const settings = serializeEmbeddedInstance({
      className: "Msvm_VirtualSystemSnapshotSettingData",
      properties: {
        ConsistencyLevel: { type: "uint8", value: CONSISTENCY[request.consistency] },
        IgnoreNonSnapshottableDisks: { type: "boolean", value: true },
      },
    });
    const call = {
      target,
      method: "CreateSnapshot",
      arguments: {
        AffectedSystem: cimReference(machine.reference),
        SnapshotSettings: cimString(settings),
        SnapshotType: cimUint16(SNAPSHOT_TYPE_RECOVERY),
      },
      subject: machine.id,
    };
    let made: CimReference | undefined;
    try {
      made = await this.#findCheckpoint(await callMethod(this.host, call), machine.id);
    } catch (error) {
      made = isOutcomeUnknown(error) ? await this.#findNewCheckpoint(machine, before) : undefined;
      if (made === undefined) {
        throw error;
      }
    }
    return made ?? this.#requireNewCheckpoint(machine, before);
  }

  /** The checkpoint that a method made: told by its output or associated with its job. */
  async #findCheckpoint({ outputs, job }: ServiceResult, machineId: string): Promise<CimReference | undefined> {
    if (job?.reference === undefined) {
      return referenceOf(outputs, "ResultingSnapshot");
    }
    const query = { source: job.reference, resultClassName: "Msvm_VirtualSystemSettingData" };
    const results = await listAssociated(this.host, query, machineId);
    return results.find(isRecoveryCheckpoint)?.reference;
  }

  /** @returns the one checkpoint that was not there before; `undefined` where there is none or several */
  async #findNewCheckpoint(machine: Machine, before: readonly CimReference[]): Promise<CimReference | undefined> {
    const known = new Set(before.map(idOf));
    const fresh = (await listRecoveryCheckpoints(this.host, machine)).filter((each) => !known.has(idOf(each)));
    return fresh.length === 1 ? fresh[0] : undefined;
  }

  async #requireNewCheckpoint(machine: Machine, before: readonly CimReference[]): Promise<CimReference> {
    const made = await this.#findNewCheckpoint(machine, before);
    if (made === undefined) {
      throw new DiskError("JobFailed", {
        what: "the host reported a checkpoint of the machine and does not show it",
        subject: machine.id,
        remedy: "Look for recovery checkpoints of the machine (Get-VMSnapshot -SnapshotType Recovery), then try again.",
      });
    }
    return made;
  }

  async #convert(target: CimReference, machine: Machine, checkpoint: CimReference): Promise<CimInstance> {
    const before = new Set((await this.#list(machine)).map(({ reference }) => idOf(reference)));
    const call = {
      target,
      method: "ConvertToReferencePoint",
      arguments: { AffectedSnapshot: cimReference(checkpoint) },
      subject: machine.id,
    };
    let failure: Error | undefined;
    try {
      await callMethod(this.host, call);
    } catch (error) {
      failure = error as Error;
    }
    if (failure === undefined || isOutcomeUnknown(failure)) {
      const fresh = (await this.#list(machine)).filter(({ reference }) => !before.has(idOf(reference)));
      if (fresh.length === 1 && fresh[0] !== undefined) {
        return fresh[0];
      }
    }
    await this.#removeCheckpoint(target, machine, checkpoint);
    throw failure ?? notConverted(machine);
  }

  /** A checkpoint that nobody needs any more would grow with every write of the machine. */
  async #removeCheckpoint(target: CimReference, machine: Machine, checkpoint: CimReference): Promise<void> {
    try {
      const present = await listRecoveryCheckpoints(this.host, machine);
      if (present.some((each) => idOf(each) === idOf(checkpoint))) {
        await callMethod(this.host, {
          target,
          method: "DestroySnapshot",
          arguments: { AffectedSnapshot: cimReference(checkpoint) },
          subject: machine.id,
        });
      }
    } catch (error) {
      throw new DiskError("PartialCreate", {
        what: "a recovery checkpoint was made for a reference point, and could be neither converted nor removed",
        subject: machine.id,
        facts: { checkpoint: idOf(checkpoint) },
        remedy:
          "Remove it (Get-VMSnapshot -SnapshotType Recovery | Remove-VMSnapshot), since it grows with every write.",
        cause: error,
      });
    }
  }

  #list(machine: Machine): Promise<readonly CimInstance[]> {
    // Hosts write the id of a machine in capitals; texts compare without regard to case.
    const where = { VirtualSystemIdentifier: machine.id };
    return queryInstances(this.host, { namespace: NAMESPACE_V2, className: REFERENCE_POINT, where }, machine.id);
  }

  /** @returns `undefined` only where the host shows its services and not the reference point */
  async #find(id: string): Promise<CimInstance | undefined> {
    const query = { namespace: NAMESPACE_V2, className: REFERENCE_POINT, where: { InstanceID: id } };
    const [point] = await queryInstances(this.host, query, id);
    if (point === undefined) {
      await findService(this.host, NAMESPACE_V2, REFERENCE_POINT_SERVICE);
    }
    return point;
  }

  async #describe({ properties }: CimInstance): Promise<ReferencePoint> {
    const id = textOf(properties, "InstanceID") ?? "";
    const diskIds = textsOf(properties, "VirtualDiskIdentifiers") ?? [];
    const limitIds = textsOf(properties, "ResilientChangeTrackingIdentifiers") ?? [];
    if (diskIds.length !== limitIds.length) {
      throw new DiskError("Internal", {
        what: "the host does not tell which limit id belongs to which disk",
        subject: id,
        facts: { disks: diskIds.length, "limit ids": limitIds.length },
        remedy: "Take another reference point. Report this together with the Windows version of the host.",
      });
    }
    const level = numberOf(properties, "ConsistencyLevel");
    const consistency = (["application", "crash"] as const).find((name) => CONSISTENCY[name] === level);
    const service = await openImageService(this.host);
    const disks = limitIds.map((limitId, index) => this.#describeDisk(service, diskIds[index] ?? "", limitId));
    return {
      id,
      machineId: tryParseGuid(textOf(properties, "VirtualSystemIdentifier") ?? "") ?? "",
      ...(consistency === undefined ? {} : { consistency }),
      disks: await Promise.all(disks),
    };
  }

  /** @param allocationId names the place of the disk in the machine's settings, not the disk */
  async #describeDisk(service: ImageService, allocationId: string, limitId: string): Promise<ReferencePointDisk> {
    const className = "Msvm_StorageAllocationSettingData";
    const where = { InstanceID: allocationId };
    const [allocation] = await queryInstances(this.host, { namespace: NAMESPACE_V2, className, where }, allocationId);
    const path = allocation === undefined ? undefined : textsOf(allocation.properties, "HostResource")?.[0];
    const diskId = path === undefined ? undefined : await readDiskId(service, path);
    return { limitId, ...(path === undefined ? {} : { path }), ...(diskId === undefined ? {} : { diskId }) };
  }
}

/** A disk that is busy or gone has no id to be read, and its limit id is good all the same. */
async function readDiskId(service: ImageService, path: string): Promise<string | undefined> {
  try {
    return (await service.getVirtualHardDiskSettingData(path)).diskId;
  } catch (error) {
    if ((["InUse", "NotFound", "AccessDenied"] as const).some((code) => isDiskError(error, code))) {
      return undefined;
    }
    throw error;
  }
}

function idOf(reference: CimReference | undefined): string {
  return textOf(reference?.keys ?? {}, "InstanceID") ?? "";
}

function notConverted(machine: Machine): DiskError {
  return new DiskError("JobFailed", {
    what: "the host reported a reference point of the machine and does not show it",
    subject: machine.id,
    remedy: "Look into the event log Microsoft-Windows-Hyper-V-VMMS-Admin on the host, then try again.",
  });
}
