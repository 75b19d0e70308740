import { DiskError } from "../../disk/errors";
import type { CreateReferencePointRequest } from "../../disk/reference-point";
import { isOutcomeUnknown } from "../cim/cim-failure";
import type { CimInstance, CimReference } from "../cim/cim-session";
import { cimReference, cimString, cimUint16, referenceOf, textOf } from "../cim/cim-values";
import { serializeEmbeddedInstance } from "../cim/embedded-instance";
import { listAssociated, queryInstances } from "../service/ask-host";
import { explainSnapshotReturnValue } from "../service/codes/explain-code";
import type { JobHost } from "../service/job-host";
import { NAMESPACE_V2, findService } from "../service/open-service";
import { type ServiceCall, type ServiceResult, callMethod } from "../service/service-call";
import type { Machine } from "./machine";

const SETTINGS = "Msvm_VirtualSystemSettingData";
/** What hosts call the kind of checkpoint that backup programs make. */
const RECOVERY_CHECKPOINT = "Microsoft:Hyper-V:Snapshot:Recovery";
/** The kind of checkpoint that can be converted to a reference point. */
const SNAPSHOT_TYPE_RECOVERY = 32768;
/** `ConsistencyLevel` of checkpoints and reference points. */
export const CONSISTENCY = { application: 1, crash: 2 } as const;

/** The service that makes, converts and removes checkpoints. @throws as `findService` */
export function findSnapshotService(host: JobHost): Promise<CimReference> {
  return findService(host, NAMESPACE_V2, "Msvm_VirtualSystemSnapshotService");
}

/** The recovery checkpoints of a machine, whoever made them. */
export async function listRecoveryCheckpoints(
  host: JobHost,
  machine: Machine,
): Promise<readonly CimInstance[]> {
  const associationClassName = "Msvm_SnapshotOfVirtualSystem";
  const query = { source: machine.reference, resultClassName: SETTINGS, associationClassName };
  return (await listAssociated(host, query, machine.id)).filter(isRecoveryCheckpoint);
}

/** @returns `undefined` where the host shows no recovery checkpoint of this id */
export async function findCheckpoint(host: JobHost, id: string): Promise<CimInstance | undefined> {
  const query = { namespace: NAMESPACE_V2, className: SETTINGS, where: { InstanceID: id } };
  return (await queryInstances(host, query, id)).find(isRecoveryCheckpoint);
}

/**
 * Has the host make a recovery checkpoint of a machine.
 *
 * @param service as {@link findSnapshotService} found it
 * @param before the recovery checkpoints that were there before
 * @see Msvm_VirtualSystemSnapshotService.CreateSnapshot
 */
export async function makeCheckpoint(
  host: JobHost,
  service: CimReference,
  machine: Machine,
  request: CreateReferencePointRequest,
  before: readonly CimInstance[],
): Promise<CimInstance> {
  let made: CimInstance | undefined;
  try {
    made = await findResult(
      host,
      machine,
      await callMethod(host, createCall(service, machine, request)),
    );
  } catch (error) {
    made = isOutcomeUnknown(error) ? await findNewCheckpoint(host, machine, before) : undefined;
    if (made === undefined) {
      throw error;
    }
  }
  made ??= await findNewCheckpoint(host, machine, before);
  if (made === undefined) {
    throw new DiskError("JobFailed", {
      what: "the host reported a checkpoint of the machine, but does not list it",
      subject: machine.id,
      remedy:
        "Look for recovery checkpoints of the machine (Get-VMSnapshot -SnapshotType Recovery), " +
        "then try again.",
    });
  }
  return made;
}

/**
 * Removes a recovery checkpoint that nobody needs any more: it would grow with every write of the
 * machine.
 *
 * @throws PartialCreate naming it, where it is still there
 */
export async function removeCheckpoint(
  host: JobHost,
  service: CimReference,
  machine: Machine,
  checkpoint: CimInstance,
): Promise<void> {
  const id = idOf(checkpoint);
  try {
    const present = (await listRecoveryCheckpoints(host, machine)).find(
      (each) => idOf(each) === id,
    );
    if (present?.reference !== undefined) {
      await callMethod(host, {
        target: service,
        method: "DestroySnapshot",
        arguments: { AffectedSnapshot: cimReference(present.reference) },
        subject: machine.id,
        explain: explainSnapshotReturnValue,
      });
    }
  } catch (error) {
    if ((await findCheckpoint(host, id).catch(() => checkpoint)) === undefined) {
      return;
    }
    throw new DiskError("PartialCreate", {
      what:
        "a recovery checkpoint was created for a reference point, but could be neither converted " +
        "nor removed",
      subject: machine.id,
      facts: { checkpoint: id },
      remedy:
        "Remove it (Get-VMSnapshot -SnapshotType Recovery | Remove-VMSnapshot), since it grows " +
        "with every write.",
      cause: error,
    });
  }
}

/** What an instance is known by. */
export function idOf({
  reference,
  properties,
}: Pick<CimInstance, "reference" | "properties">): string {
  return textOf(reference?.keys ?? {}, "InstanceID") ?? textOf(properties, "InstanceID") ?? "";
}

function createCall(
  service: CimReference,
  machine: Machine,
  { consistency }: CreateReferencePointRequest,
): ServiceCall {
  const settings = serializeEmbeddedInstance({
    className: "Msvm_VirtualSystemSnapshotSettingData",
    properties: {
      ConsistencyLevel: { type: "uint8", value: CONSISTENCY[consistency] },
      IgnoreNonSnapshottableDisks: { type: "boolean", value: true },
    },
  });
  return {
    target: service,
    method: "CreateSnapshot",
    arguments: {
      AffectedSystem: cimReference(machine.reference),
      SnapshotSettings: cimString(settings),
      SnapshotType: cimUint16(SNAPSHOT_TYPE_RECOVERY),
    },
    subject: machine.id,
    explain: explainSnapshotReturnValue,
  };
}

/** The checkpoint that a method made, as its output or its job says. */
async function findResult(
  host: JobHost,
  machine: Machine,
  { outputs, job }: ServiceResult,
): Promise<CimInstance | undefined> {
  if (job?.reference === undefined) {
    const reference = referenceOf(outputs, "ResultingSnapshot");
    return reference === undefined
      ? undefined
      : findCheckpoint(host, textOf(reference.keys, "InstanceID") ?? "");
  }
  const query = { source: job.reference, resultClassName: SETTINGS };
  return (await listAssociated(host, query, machine.id)).find(isRecoveryCheckpoint);
}

/**
 * @returns the one checkpoint that was not there before; `undefined` where there is none, or
 *   several
 */
async function findNewCheckpoint(
  host: JobHost,
  machine: Machine,
  before: readonly CimInstance[],
): Promise<CimInstance | undefined> {
  const known = new Set(before.map(idOf));
  const fresh = (await listRecoveryCheckpoints(host, machine)).filter(
    (each) => !known.has(idOf(each)),
  );
  return fresh.length === 1 ? fresh[0] : undefined;
}

function isRecoveryCheckpoint({ properties }: CimInstance): boolean {
  return textOf(properties, "VirtualSystemType") === RECOVERY_CHECKPOINT;
}
