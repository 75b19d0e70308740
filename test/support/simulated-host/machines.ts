import { randomUUID } from "node:crypto";
import type { CimInstance, CimProperties, CimReference } from "../../../provider/hyperv/cim/cim-session";
import {
  cimReference,
  cimString,
  cimUint16,
  numberOf,
  referenceOf,
  textOf,
} from "../../../provider/hyperv/cim/cim-values";
import { parseEmbeddedInstance } from "../../../provider/hyperv/cim/embedded-instance";
import { V2, instanceAt, referTo } from "./cim-objects";
import type { Disks } from "./disks";
import { HRESULT, HostException } from "./failure";
import type { HostMethod, MethodWork } from "./replies";
import type { CheckpointState, HostState, ReferencePointState, StateFile } from "./state";
import { Tracking } from "./tracking";

const RECOVERY_CHECKPOINT = "Microsoft:Hyper-V:Snapshot:Recovery";
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
    DestroySnapshot: { reads: false, run: (args) => this.#destroy("checkpoints", args, "AffectedSnapshot") },
    ConvertToReferencePoint: { reads: false, run: (args) => this.#convert(args) },
    DestroyReferencePoint: {
      reads: false,
      run: (args) => this.#destroy("referencePoints", args, "AffectedReferencePoint"),
    },
  };

  /** All instances of a class. */
  list(className: string): CimInstance[] {
    const state = this.state.read();
    switch (className) {
      case "Msvm_ComputerSystem":
        return state.machines.map(({ id, name }) =>
          instanceAt(referTo(V2, className, "Name", id), { ElementName: cimString(name) }),
        );
      case "Msvm_VirtualSystemSettingData":
        return state.checkpoints.map(describeCheckpoint);
      case "Msvm_VirtualSystemReferencePoint":
        return state.referencePoints.map(describeReferencePoint);
      case "Msvm_StorageAllocationSettingData":
        return state.machines.flatMap(({ id, disks }) =>
          disks.map((path, index) =>
            instanceAt(referTo(V2, className, "InstanceID", allocationIdOf(id, index)), {
              HostResource: { type: "string[]", value: [path] },
            }),
          ),
        );
      default:
        return [];
    }
  }

  /** The checkpoints of a machine. */
  listCheckpointsOf(machine: CimReference): CimInstance[] {
    const id = textOf(machine.keys, "Name");
    return this.state
      .read()
      .checkpoints.filter(({ machineId }) => machineId === id)
      .map(describeCheckpoint);
  }

  #createCheckpoint(args: CimProperties): MethodWork {
    const settings = parseEmbeddedInstance(textOf(args, "SnapshotSettings") ?? "", "test").properties;
    if (numberOf(args, "SnapshotType") !== SNAPSHOT_TYPE_RECOVERY) {
      throw new HostException(HRESULT.invalidParameter);
    }
    const consistency = numberOf(settings, "ConsistencyLevel") ?? 0;
    const machineId = keyOf(args, "AffectedSystem", "Name");
    const checkpoint = this.state.update((state) => {
      if (!state.machines.some(({ id }) => id === machineId)) {
        throw new HostException(HRESULT.wbemNotFound);
      }
      const made = { id: `Microsoft:${randomUUID().toUpperCase()}`, machineId, consistency };
      state.checkpoints.push(made);
      return made;
    });
    const instance = describeCheckpoint(checkpoint);
    return { outputs: { ResultingSnapshot: referenceTo(instance) }, results: [instance] };
  }

  #convert(args: CimProperties): MethodWork {
    const id = keyOf(args, "AffectedSnapshot", "InstanceID");
    const point = this.state.update((state) => {
      const index = state.checkpoints.findIndex((each) => each.id === id);
      const [checkpoint] = index < 0 ? [] : state.checkpoints.splice(index, 1);
      if (checkpoint === undefined) {
        throw new HostException(HRESULT.wbemNotFound);
      }
      const made = this.#takePoint(state, checkpoint);
      state.referencePoints.push(made);
      return made;
    });
    const instance = describeReferencePoint(point);
    return { outputs: { ResultingReferencePoint: referenceTo(instance) }, results: [instance] };
  }

  #takePoint(state: HostState, checkpoint: CheckpointState): ReferencePointState {
    const { disks = [] } = state.machines.find(({ id }) => id === checkpoint.machineId) ?? {};
    const trackingIds = disks.map((path) => {
      const tracking = new Tracking(this.disks.volumes.toLocal(path));
      tracking.enable();
      return tracking.takeId();
    });
    const diskIds = disks.map((_, index) => allocationIdOf(checkpoint.machineId, index));
    const id = `Microsoft:${randomUUID().toUpperCase()}\\RP`;
    const { machineId, consistency } = checkpoint;
    return { id, machineId, consistency, diskIds, trackingIds };
  }

  #destroy(list: "checkpoints" | "referencePoints", args: CimProperties, parameter: string): MethodWork {
    const id = keyOf(args, parameter, "InstanceID");
    this.state.update((state) => {
      const entries: { readonly id: string }[] = state[list];
      const index = entries.findIndex((each) => each.id === id);
      if (index < 0) {
        throw new HostException(HRESULT.wbemNotFound);
      }
      entries.splice(index, 1);
    });
    return {};
  }
}

/** Such an id holds backslashes, as those of real hosts do. */
function allocationIdOf(machineId: string, index: number): string {
  return `Microsoft:${machineId}\\83F8638B-8DCA-4152-9EDA-2CA8B33039B4\\0\\${index}\\D`;
}

function describeCheckpoint({ id, machineId }: CheckpointState): CimInstance {
  return instanceAt(referTo(V2, "Msvm_VirtualSystemSettingData", "InstanceID", id), {
    VirtualSystemIdentifier: cimString(machineId),
    VirtualSystemType: cimString(RECOVERY_CHECKPOINT),
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
