import { DiskError } from "../../disk/errors";
import type {
  CreateReferencePointRequest,
  ReferencePoint,
  ReferencePointService,
} from "../../disk/reference-point";
import { KeyedLock } from "../../disk/sync/keyed-lock";
import { isOutcomeUnknown } from "../cim/cim-failure";
import type { CimInstance, CimReference, CimSession } from "../cim/cim-session";
import { cimReference, referenceOf, textOf } from "../cim/cim-values";
import { hasClass, listAssociated, queryInstances } from "../service/ask-host";
import { explainSnapshotReturnValue } from "../service/codes/explain-code";
import { type JobHost, type JobHostOptions, createJobHost } from "../service/job-host";
import { NAMESPACE_V2, findService } from "../service/open-service";
import { type ServiceResult, callMethod } from "../service/service-call";
import {
  findCheckpoint,
  findSnapshotService,
  idOf,
  listRecoveryCheckpoints,
  makeCheckpoint,
  removeCheckpoint,
} from "./checkpoints";
import { describeHeld, describePoint } from "./describe-point";
import { type Machine, findMachine } from "./machine";

const REFERENCE_POINT_SERVICE = "Msvm_VirtualSystemReferencePointService";
const REFERENCE_POINT = "Msvm_VirtualSystemReferencePoint";

/**
 * Makes the service for reference points of a Hyper-V host, Windows Server 2016 or later.
 *
 * Start reading this folder here. machine.ts finds a machine, checkpoints.ts makes and removes its
 * recovery checkpoints, describe-point.ts says which disks they are of.
 *
 * @param session is owned by the service from here on and closed with it
 */
export function createReferencePointService(
  session: CimSession,
  options: JobHostOptions = {},
): ReferencePointService {
  return new HypervReferencePoints(createJobHost(session, options));
}

/**
 * A reference point is what remains of a recovery checkpoint when the host converts it. Until then,
 * the checkpoint holds the content of that moment.
 *
 * Everything that could refuse is asked before the checkpoint is made, and everything after it
 * stands under one clean-up.
 *
 * @see Msvm_VirtualSystemSnapshotService.CreateSnapshot, ConvertToReferencePoint
 */
class HypervReferencePoints implements ReferencePointService {
  readonly #lock = new KeyedLock();

  constructor(private readonly host: JobHost) {}

  async create(request: CreateReferencePointRequest): Promise<ReferencePoint> {
    await this.#assertSupported();
    const machine = await findMachine(this.host, request.machine);
    return this.#lock.run([machine.id], async () => {
      const service = await findSnapshotService(this.host);
      const points = await this.#listPoints(machine);
      const before = await listRecoveryCheckpoints(this.host, machine);
      const checkpoint = await makeCheckpoint(this.host, service, machine, request, before);
      return this.#orCleanUp(service, machine, checkpoint, (made) =>
        request.hold === true
          ? describeHeld(this.host, checkpoint)
          : this.#convert(service, machine, checkpoint, points, made),
      );
    });
  }

  async complete(id: string): Promise<ReferencePoint> {
    const checkpoint = await findCheckpoint(this.host, id);
    if (checkpoint === undefined) {
      await findSnapshotService(this.host);
      throw new DiskError("NotFound", {
        what: "the host has no held content with this id",
        subject: id,
        remedy:
          "Change triggers to take a new reference point, and make a full copy of the disks as " +
          "its baseline.",
      });
    }
    const machineId = textOf(checkpoint.properties, "VirtualSystemIdentifier") ?? "";
    const machine = await findMachine(this.host, { id: machineId });
    return this.#lock.run([machine.id], async () => {
      const service = await findSnapshotService(this.host);
      const points = await this.#listPoints(machine);
      // What cannot be converted stays: it is the copied moment, and the next run goes on with it.
      return this.#convert(service, machine, checkpoint, points, { point: undefined });
    });
  }

  async read(id: string): Promise<ReferencePoint> {
    const point = await this.#find(id);
    if (point !== undefined) {
      return describePoint(this.host, point);
    }
    const checkpoint = await findCheckpoint(this.host, id);
    if (checkpoint !== undefined) {
      return describeHeld(this.host, checkpoint);
    }
    throw new DiskError("NotFound", {
      what: "the host has no such reference point",
      subject: id,
      remedy: "Take a new one, and make a full copy of the disks as its baseline.",
    });
  }

  async destroy(id: string): Promise<void> {
    const point = await this.#find(id);
    if (point?.reference !== undefined) {
      await this.#destroyPoint(id, point.reference);
      return;
    }
    const checkpoint = await findCheckpoint(this.host, id);
    if (checkpoint !== undefined) {
      const machineId = textOf(checkpoint.properties, "VirtualSystemIdentifier") ?? "";
      const machine = await findMachine(this.host, { id: machineId });
      await removeCheckpoint(this.host, await findSnapshotService(this.host), machine, checkpoint);
    }
  }

  close(): Promise<void> {
    return this.host.session.close();
  }

  /** A host before 2016 makes recovery checkpoints, and then cannot convert them. */
  async #assertSupported(): Promise<void> {
    if (!(await hasClass(this.host, NAMESPACE_V2, REFERENCE_POINT))) {
      throw new DiskError("NotSupported", {
        what: "this host is too old for reference points",
        facts: { "missing class": REFERENCE_POINT },
        remedy: "They need Windows Server 2016 or Windows 10, or later. Nothing was changed.",
      });
    }
  }

  /** Leaves neither the checkpoint nor a reference point behind when what follows fails. */
  async #orCleanUp(
    service: CimReference,
    machine: Machine,
    checkpoint: CimInstance,
    work: (made: MadePoint) => Promise<ReferencePoint>,
  ): Promise<ReferencePoint> {
    const made: MadePoint = { point: undefined };
    try {
      return await work(made);
    } catch (error) {
      await removeCheckpoint(this.host, service, machine, checkpoint);
      if (made.point?.reference !== undefined) {
        await this.#destroyPoint(idOf(made.point), made.point.reference);
      }
      throw error;
    }
  }

  /**
   * @param before the reference points that were there before; @param made is told of the point as
   *   soon as it is known
   */
  async #convert(
    service: CimReference,
    machine: Machine,
    checkpoint: CimInstance,
    before: readonly CimInstance[],
    made: MadePoint,
  ): Promise<ReferencePoint> {
    let failure: unknown;
    try {
      const result = await callMethod(this.host, {
        target: service,
        method: "ConvertToReferencePoint",
        arguments:
          checkpoint.reference === undefined
            ? {}
            : { AffectedSnapshot: cimReference(checkpoint.reference) },
        subject: machine.id,
        explain: explainSnapshotReturnValue,
      });
      made.point = await this.#findResult(machine, result);
    } catch (error) {
      if (!isOutcomeUnknown(error)) {
        throw error;
      }
      failure = error;
    }
    made.point ??= await this.#findNewPoint(machine, before);
    if (made.point === undefined) {
      throw failure instanceof Error ? failure : notConverted(machine);
    }
    return describePoint(this.host, made.point);
  }

  /** The reference point that a method made, as its output or its job says. */
  async #findResult(
    machine: Machine,
    { outputs, job }: ServiceResult,
  ): Promise<CimInstance | undefined> {
    if (job?.reference === undefined) {
      const id = textOf(referenceOf(outputs, "ResultingReferencePoint")?.keys ?? {}, "InstanceID");
      return id === undefined ? undefined : this.#find(id);
    }
    const query = { source: job.reference, resultClassName: REFERENCE_POINT };
    const [point] = await listAssociated(this.host, query, machine.id);
    return point;
  }

  /**
   * @returns the one reference point that was not there before; `undefined` where there is none
   * @throws PartialCreate where another program made one at the same moment, and it cannot be told
   *   which one is whose
   */
  async #findNewPoint(
    machine: Machine,
    before: readonly CimInstance[],
  ): Promise<CimInstance | undefined> {
    const known = new Set(before.map(idOf));
    const fresh = (await this.#listPoints(machine)).filter((point) => !known.has(idOf(point)));
    if (fresh.length > 1) {
      throw new DiskError("PartialCreate", {
        what:
          "another program took a reference point of the machine at the same time, and the two " +
          "cannot be told apart",
        subject: machine.id,
        facts: { "reference points": fresh.map(idOf).join(", ") },
        remedy:
          "No checkpoint was left behind. Try again when no other backup of the machine is " +
          "running; the reference point that remains takes almost no space.",
      });
    }
    return fresh[0];
  }

  /** @see Msvm_ReferencePointOfVirtualSystem */
  #listPoints(machine: Machine): Promise<readonly CimInstance[]> {
    const associationClassName = "Msvm_ReferencePointOfVirtualSystem";
    const query = {
      source: machine.reference,
      resultClassName: REFERENCE_POINT,
      associationClassName,
    };
    return listAssociated(this.host, query, machine.id);
  }

  async #destroyPoint(id: string, reference: CimReference): Promise<void> {
    const target = await findService(this.host, NAMESPACE_V2, REFERENCE_POINT_SERVICE);
    try {
      await callMethod(this.host, {
        target,
        method: "DestroyReferencePoint",
        arguments: { AffectedReferencePoint: cimReference(reference) },
        subject: id,
        explain: explainSnapshotReturnValue,
      });
    } catch (error) {
      if ((await this.#find(id)) !== undefined) {
        throw error;
      }
    }
  }

  /** @returns `undefined` only where the host shows its services and not the reference point */
  async #find(id: string): Promise<CimInstance | undefined> {
    const query = {
      namespace: NAMESPACE_V2,
      className: REFERENCE_POINT,
      where: { InstanceID: id },
    };
    const [point] = await queryInstances(this.host, query, id);
    if (point === undefined) {
      await findService(this.host, NAMESPACE_V2, REFERENCE_POINT_SERVICE);
    }
    return point;
  }
}

/** The reference point that a call has made so far. */
interface MadePoint {
  point: CimInstance | undefined;
}

function notConverted(machine: Machine): DiskError {
  return new DiskError("JobFailed", {
    what: "the host reported a reference point of the machine, but does not list it",
    subject: machine.id,
    remedy: "Check the event log Microsoft-Windows-Hyper-V-VMMS-Admin on the host, then try again.",
  });
}
