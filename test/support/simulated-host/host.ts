import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, utimesSync } from "node:fs";
import { pathKey } from "../../../provider/disk/host-path";
import type { CimSession } from "../../../provider/hyperv/cim/cim-session";
import { CimDoor } from "./cim-door";
import { Disks } from "./disks";
import { Files } from "./files";
import { Jobs } from "./jobs";
import { Machines } from "./machines";
import type { SimulatedFault, SimulatedHostOptions } from "./options";
import { Replies } from "./replies";
import { StateFile } from "./state";
import { Tracking } from "./tracking";
import { takeSnapshot, writeVhdSet } from "./vhd-sets";
import { Volumes } from "./volumes";

/**
 * A Hyper-V host that exists only in a folder: it answers CIM as a real one does, and its disks are
 * real files, made and read by the embedded engine. What happens on the host besides Pulumi
 * (machines that write, administrators that mount) is told to it by its methods.
 */
export class SimulatedHost {
  /**
   * `query CIM_DataFile`, `invoke CreateVirtualHardDisk` and the like, for each request, in order.
   */
  readonly requests: string[];
  readonly #state: StateFile;
  readonly #disks: Disks;
  readonly #machines: Machines;
  readonly #door: CimDoor;

  constructor(readonly options: SimulatedHostOptions) {
    mkdirSync(options.folder, { recursive: true });
    const state = new StateFile(options.folder);
    const disks = new Disks(new Volumes(options.folder), state, options.hasDelegation === true);
    const jobs = new Jobs(options.language ?? "en");
    const replies = new Replies(options, jobs, state);
    const files = new Files(disks, options);
    const machines = new Machines(state, disks);
    this.#state = state;
    this.#disks = disks;
    this.#machines = machines;
    this.#door = new CimDoor(options, { state, disks, jobs, replies, files, machines });
    this.requests = this.#door.requests;
  }

  /** A session with the host; any number may be open. */
  session(): CimSession {
    return this.#door.session();
  }

  /** Where a file of the host really is. */
  toLocal(path: string): string {
    return this.#disks.volumes.toLocal(path);
  }

  makeFolder(path: string): void {
    this.#disks.volumes.makeFolder(path);
  }

  copy(path: string, newPath: string): void {
    copyFileSync(this.toLocal(path), this.toLocal(newPath));
  }

  /** Writes into a disk as the machine does that uses it, tracked where tracking is on. */
  async writeContent(path: string, offsetBytes: number, bytes: Uint8Array): Promise<void> {
    if (!this.#machines.holdWrite(path, offsetBytes, bytes)) {
      await this.#disks.writeContent(path, offsetBytes, bytes);
    }
  }

  /** A machine that runs uses a disk: it is configured with it, and holds it. */
  attach(path: string): void {
    const id = randomUUID().toUpperCase();
    this.#state.update((state) => {
      state.attached.push(pathKey("win32", path));
      state.machines.push({ id, name: `machine of ${path}`, disks: [path] });
    });
  }

  /** The host itself mounts a disk. */
  mount(path: string): void {
    this.#state.update((state) => state.mounted.push(pathKey("win32", path)));
  }

  /** Another process opens a file for itself. */
  lock(path: string): void {
    this.#state.update((state) => state.locked.push(pathKey("win32", path)));
  }

  /** Undoes {@link attach}, {@link mount} and {@link lock}. */
  release(path: string): void {
    const key = pathKey("win32", path);
    this.#state.update((state) => {
      for (const list of ["attached", "mounted", "locked"] as const) {
        state[list] = state[list].filter((each) => each !== key);
      }
      state.machines = state.machines.filter(({ name }) => name !== `machine of ${path}`);
    });
  }

  tracking(path: string): Tracking {
    return new Tracking(this.toLocal(path));
  }

  /** Somebody changes a disk while nothing tracks it. */
  touch(path: string): void {
    utimesSync(this.toLocal(path), new Date(), new Date(0));
  }

  makeVhdSet(path: string, dataPath: string): void {
    writeVhdSet(this.#disks, path, dataPath);
  }

  takeSnapshot(path: string): string {
    return takeSnapshot(this.#disks, path);
  }

  /** Makes a virtual machine. */
  makeMachine(machine: {
    readonly id: string;
    readonly name: string;
    readonly disks: readonly string[];
  }): void {
    this.#state.update((state) => state.machines.push(machine));
  }

  /** A person removes a machine and keeps its disks. */
  removeMachine(name: string): void {
    this.#state.update((state) => {
      state.machines = state.machines.filter((machine) => machine.name !== name);
    });
  }

  /**
   * A person makes a checkpoint of a machine: its disk is read only from then on, the machine
   * writes to another file.
   */
  makeCheckpoint(machineId: string, newDisks: readonly string[]): void {
    this.#state.update((state) => {
      const index = state.machines.findIndex(({ id }) => id === machineId);
      const machine = state.machines[index] as (typeof state.machines)[number];
      const id = `Microsoft:${randomUUID().toUpperCase()}`;
      state.checkpoints.push({
        id,
        machineId,
        type: "Realized",
        consistency: 2,
        disks: machine.disks,
      });
      state.machines[index] = { ...machine, disks: newDisks };
    });
  }

  /** Another backup program makes a reference point of a machine. */
  makeReferencePoint(machineId: string): void {
    this.#machines.makeReferencePoint(machineId);
  }

  countReferencePoints(): number {
    return this.#state.read().referencePoints.length;
  }

  /** The recovery checkpoints that exist now. */
  countCheckpoints(): number {
    return this.#state.read().checkpoints.length;
  }

  /**
   * Lets something happen on the host right before it works on a request, once; `request` as in
   * {@link requests}.
   */
  before(request: string, work: () => void): void {
    this.#door.before(request, work);
  }

  /** Makes the host misbehave. */
  inject(...faults: SimulatedFault[]): void {
    this.#state.update((state) => state.faults.push(...faults));
  }
}
