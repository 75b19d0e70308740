import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedFault } from "./options";

/** What a host remembers besides its files. */
export interface HostState {
  /** Keys of the paths of disks that a machine uses. */
  attached: string[];
  /** Keys of the paths of disks that the host itself has mounted. */
  mounted: string[];
  /** Keys of the paths of files that another process holds exclusively. */
  locked: string[];
  faults: SimulatedFault[];
  machines: MachineState[];
  checkpoints: CheckpointState[];
  referencePoints: ReferencePointState[];
  /** What machines wrote while a recovery checkpoint kept their disks from changing. */
  heldWrites: HeldWrite[];
}

/** A write that goes into the disk when its checkpoint is merged. */
export interface HeldWrite {
  readonly checkpointId: string;
  readonly path: string;
  readonly offsetBytes: number;
  readonly base64: string;
}

/** A virtual machine. */
export interface MachineState {
  readonly id: string;
  readonly name: string;
  readonly disks: readonly string[];
}

/** A checkpoint of a machine. */
export interface CheckpointState {
  readonly id: string;
  readonly machineId: string;
  /**
   * The last part of its `VirtualSystemType`; `Recovery` where absent, `Realized` for one that a
   * person made.
   */
  readonly type?: string;
  /** What the machine had at that moment. */
  readonly disks: readonly string[];
  /** 1 for the programs of the machine, 2 for its disks alone. */
  readonly consistency: number;
}

/** A reference point, made from a checkpoint. */
export interface ReferencePointState {
  readonly id: string;
  readonly machineId: string;
  readonly consistency: number;
  /** Parallel, as the host shows them. */
  readonly diskIds: readonly string[];
  readonly trackingIds: readonly string[];
}

const EMPTY: HostState = {
  attached: [],
  mounted: [],
  locked: [],
  faults: [],
  machines: [],
  checkpoints: [],
  referencePoints: [],
  heldWrites: [],
};

/** The memory of a host, in a file, so that several processes see the same host. */
export class StateFile {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, "state.json");
  }

  read(): HostState {
    const stored = existsSync(this.#path)
      ? (JSON.parse(readFileSync(this.#path, "utf8")) as Partial<HostState>)
      : {};
    return { ...structuredClone(EMPTY), ...stored };
  }

  /** Changes the memory, whole or not at all. */
  update<T>(change: (state: HostState) => T): T {
    const state = this.read();
    const result = change(state);
    const draft = `${this.#path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(state));
    renameSync(draft, this.#path);
    return result;
  }
}
