import { randomUUID } from "node:crypto";
import type {
  CimInstance,
  CimProperties,
  CimReference,
} from "../../../provider/hyperv/cim/cim-session";
import {
  cimReference,
  cimString,
  cimStrings,
  cimUint16,
  numberOf,
  readEmbedded,
  referenceOf,
  textOf,
} from "./values";
import { V2, instanceAt, referTo } from "./cim-objects";
import type { Disks } from "./disks";
import { HRESULT, HostException } from "./failure";
import type { HostMethod, MethodWork } from "./replies";
import type { CheckpointState, MachineState, ReferencePointState, StateFile } from "./state";
import { Tracking } from "./tracking";

const SNAPSHOT_TYPE_RECOVERY = 32768;

/** The machines of a host, their recovery checkpoints and reference points. */
export class Machines {
  constructor(
    private readonly state: StateFile,
    private readonly disks: Disks,
  ) {}

  /** The methods of the services for checkpoints and reference points. */
  readonly methods: Readonly<Record<string, HostMethod>> = {
    CreateSnapshot: { reads: false, run: (args) => this.#createCheckpoint(args) },
    DestroySnapshot: { reads: false, run: (args) => this.#destroyCheckpoint(args) },
    ConvertToReferencePoint: { reads: false, run: (args) => this.#convert(args) },
    DestroyReferencePoint: {
      reads: false,
      run: (args) => this.#destroyPoint(args),
    },
  };

  /** All instances of a class. */
  list(namespace: string, className: string): CimInstance[] {
    const state = this.state.read();
    switch (className) {
      case "Msvm_ComputerSystem":
        // The host itself is listed among its machines. See
        // corpus/wsman/recorded_computersystem_pull_host.xml
        return [{ id: "HV7", name: "HV7" }, ...state.machines].map(({ id, name }) =>
          instanceAt(referTo(namespace, className, "Name", id), { ElementName: cimString(name) }),
        );
      case "Msvm_VirtualSystemSettingData":
        return [
          ...state.machines.map(describeMachineSettings),
          ...state.checkpoints.map(describeCheckpoint),
        ].map((instance) => ({
          ...instance,
          reference: { ...(instance.reference as CimReference), namespace },
        }));
      case "Msvm_VirtualSystemReferencePoint":
        return state.referencePoints.map(describeReferencePoint);
      case "Msvm_StorageAllocationSettingData":
        return [...state.machines, ...state.checkpoints].flatMap(({ id, disks }) =>
          listAllocations(namespace, className, "HostResource", id, disks),
        );
      case "Msvm_ResourceAllocationSettingData":
        return state.machines.flatMap(({ id, disks }) =>
          listAllocations(namespace, className, "Connection", id, disks),
        );
      default:
        return [];
    }
  }

  /** What is associated with a machine or a checkpoint. */
  listAssociated(
    source: CimReference,
    className: string,
    associationName: string | undefined,
  ): CimInstance[] {
    const state = this.state.read();
    const machineId = textOf(source.keys, "Name");
    if (associationName === "Msvm_SnapshotOfVirtualSystem") {
      return state.checkpoints
        .filter((each) => each.machineId === machineId)
        .map(describeCheckpoint);
    }
    if (associationName === "Msvm_ReferencePointOfVirtualSystem") {
      return state.referencePoints
        .filter((each) => each.machineId === machineId)
        .map(describeReferencePoint);
    }
    const id = textOf(source.keys, "InstanceID");
    const checkpoint =
      className === "Msvm_StorageAllocationSettingData" &&
      state.checkpoints.find((each) => each.id === id);
    return checkpoint
      ? listAllocations(V2, className, "HostResource", checkpoint.id, checkpoint.disks)
      : [];
  }

  /**
   * Keeps a write for later where a recovery checkpoint keeps the disk from changing. @returns
   * whether it does
   */
  holdWrite(path: string, offsetBytes: number, bytes: Uint8Array): boolean {
    const { checkpoints } = this.state.read();
    const checkpoint = checkpoints.find(
      ({ disks, type }) => type === undefined && disks.includes(path),
    );
    if (checkpoint === undefined) {
      return false;
    }
    const base64 = Buffer.from(bytes).toString("base64");
    this.state.update((state) =>
      state.heldWrites.push({ checkpointId: checkpoint.id, path, offsetBytes, base64 }),
    );
    return true;
  }

  /** Another program makes a reference point. */
  makeReferencePoint(machineId: string): void {
    const machine = this.state.read().machines.find(({ id }) => id === machineId);
    const disks = machine?.disks ?? [];
    this.state.update((state) => {
      state.referencePoints.push(this.#takePoint({ id: "", machineId, consistency: 2, disks }));
    });
  }

  #createCheckpoint(args: CimProperties): MethodWork {
    const settings = readEmbedded(
      textOf(args, "SnapshotSettings") ?? "",
      "Msvm_VirtualSystemSnapshotSettingData",
    );
    if (numberOf(args, "SnapshotType") !== SNAPSHOT_TYPE_RECOVERY) {
      throw new HostException(HRESULT.invalidParameter);
    }
    const consistency = Number(settings["ConsistencyLevel"]);
    const machineId = keyOf(args, "AffectedSystem", "Name");
    const checkpoint = this.state.update((state) => {
      const machine = state.machines.find(({ id }) => id === machineId);
      if (machine === undefined) {
        throw new HostException(HRESULT.wbemNotFound);
      }
      const id = `Microsoft:${randomUUID().toUpperCase()}`;
      const made = { id, machineId, consistency, disks: machine.disks };
      state.checkpoints.push(made);
      return made;
    });
    const instance = describeCheckpoint(checkpoint);
    return { outputs: { ResultingSnapshot: referenceTo(instance) }, results: [instance] };
  }

  async #convert(args: CimProperties): Promise<MethodWork> {
    const checkpoint = this.#takeCheckpoint(args);
    const point = this.#takePoint(checkpoint);
    this.state.update((state) => state.referencePoints.push(point));
    await this.#merge(checkpoint);
    const instance = describeReferencePoint(point);
    return { outputs: { ResultingReferencePoint: referenceTo(instance) }, results: [instance] };
  }

  async #destroyCheckpoint(args: CimProperties): Promise<MethodWork> {
    await this.#merge(this.#takeCheckpoint(args));
    return {};
  }

  #takeCheckpoint(args: CimProperties): CheckpointState {
    const id = keyOf(args, "AffectedSnapshot", "InstanceID");
    return this.state.update((state) => {
      const index = state.checkpoints.findIndex((each) => each.id === id);
      const [checkpoint] = index < 0 ? [] : state.checkpoints.splice(index, 1);
      if (checkpoint === undefined) {
        throw new HostException(HRESULT.wbemNotFound);
      }
      return checkpoint;
    });
  }

  /** What the machine wrote meanwhile goes into its disks. */
  async #merge(checkpoint: CheckpointState): Promise<void> {
    const writes = this.state.update((state) => {
      const [held, others] = [true, false].map((isHeld) =>
        state.heldWrites.filter((write) => (write.checkpointId === checkpoint.id) === isHeld),
      );
      state.heldWrites = others ?? [];
      return held ?? [];
    });
    for (const { path, offsetBytes, base64 } of writes) {
      await this.disks.writeContent(path, offsetBytes, Buffer.from(base64, "base64"));
    }
  }

  #takePoint(checkpoint: CheckpointState): ReferencePointState {
    const trackingIds = checkpoint.disks.map((path) => {
      const tracking = new Tracking(this.disks.volumes.toLocal(path));
      tracking.enable();
      return tracking.takeId();
    });
    const diskIds = checkpoint.disks.map((_, index) => allocationIdOf(checkpoint.machineId, index));
    const id = `Microsoft:${randomUUID().toUpperCase()}\\RP`;
    const { machineId, consistency } = checkpoint;
    return { id, machineId, consistency, diskIds, trackingIds };
  }

  #destroyPoint(args: CimProperties): MethodWork {
    const id = keyOf(args, "AffectedReferencePoint", "InstanceID");
    this.state.update((state) => {
      const index = state.referencePoints.findIndex((each) => each.id === id);
      if (index < 0) {
        throw new HostException(HRESULT.wbemNotFound);
      }
      state.referencePoints.splice(index, 1);
    });
    return {};
  }
}

/** @see Msvm_StorageAllocationSettingData */
function listAllocations(
  namespace: string,
  className: string,
  property: string,
  id: string,
  disks: readonly string[],
): CimInstance[] {
  return disks.map((path, index) =>
    instanceAt(referTo(namespace, className, "InstanceID", allocationIdOf(id, index)), {
      [property]: cimStrings([path]),
    }),
  );
}

function describeMachineSettings({ id, name }: MachineState): CimInstance {
  return instanceAt(referTo(V2, "Msvm_VirtualSystemSettingData", "InstanceID", `Microsoft:${id}`), {
    ElementName: cimString(name),
    VirtualSystemIdentifier: cimString(id),
    SystemName: cimString(id),
    VirtualSystemType: cimString("Microsoft:Hyper-V:System:Realized"),
  });
}

/** Such an id holds backslashes, as those of real hosts do. */
function allocationIdOf(machineId: string, index: number): string {
  return `${machineId.startsWith("Microsoft:") ? "" : "Microsoft:"}${machineId}\\83F8638B-8DCA-4152-9EDA-2CA8B33039B4\\0\\${index}\\D`;
}

function describeCheckpoint({ id, machineId, type, consistency }: CheckpointState): CimInstance {
  return instanceAt(referTo(V2, "Msvm_VirtualSystemSettingData", "InstanceID", id), {
    VirtualSystemIdentifier: cimString(machineId),
    SystemName: cimString(machineId),
    ElementName: cimString("checkpoint (21.11.2026)"),
    ConsistencyLevel: cimUint16(consistency),
    VirtualSystemType: cimString(`Microsoft:Hyper-V:Snapshot:${type ?? "Recovery"}`),
  });
}

function describeReferencePoint(point: ReferencePointState): CimInstance {
  return instanceAt(referTo(V2, "Msvm_VirtualSystemReferencePoint", "InstanceID", point.id), {
    VirtualSystemIdentifier: cimString(point.machineId),
    ConsistencyLevel: cimUint16(point.consistency),
    ReferencePointType: cimUint16(2),
    VirtualDiskIdentifiers: { type: "string[]", value: point.diskIds },
    ResilientChangeTrackingIdentifiers: { type: "string[]", value: point.trackingIds },
  });
}

function referenceTo({ reference }: CimInstance): ReturnType<typeof cimReference> {
  return cimReference(reference as CimReference);
}

function keyOf(args: CimProperties, parameter: string, key: string): string {
  return textOf(referenceOf(args, parameter)?.keys ?? {}, key) ?? "";
}
