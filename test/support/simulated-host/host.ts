import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, utimesSync } from "node:fs";
import { pathKey } from "../../../provider/disk/host-path";
import type {
  CimAssociationQuery,
  CimInstance,
  CimMethodCall,
  CimMethodResult,
  CimQuery,
  CimReference,
  CimSession,
} from "../../../provider/hyperv/cim/cim-session";
import { CIMV2, V1, V2, instanceAt, matches, project, referTo } from "./cim-objects";
import { Disks } from "./disks";
import { HRESULT, refuse } from "./failure";
import { Files } from "./files";
import { imageMethods } from "./image-methods";
import { imageMethodsV1 } from "./image-methods-v1";
import { Jobs } from "./jobs";
import { Machines } from "./machines";
import type { SimulatedFault, SimulatedHostOptions } from "./options";
import { Replies } from "./replies";
import { StateFile } from "./state";
import { Tracking } from "./tracking";
import { describeSystem } from "./system";
import { takeSnapshot, writeVhdSet } from "./vhd-sets";
import { Volumes } from "./volumes";

const SERVICES = ["Msvm_ImageManagementService"];
const SERVICES_OF_2016 = [
  "Msvm_VirtualSystemSnapshotService",
  "Msvm_VirtualSystemReferencePointService",
];
const CLASSES = [
  "Msvm_MountedStorageImage",
  "Msvm_ComputerSystem",
  "Msvm_VirtualSystemSettingData",
];
const CLASSES_OF_2016 = ["Msvm_VirtualSystemReferencePoint"];

/**
 * A Hyper-V host that exists only in a folder: it answers CIM as a real one does, and its disks are
 * real files, made and read by the embedded engine. What happens on the host besides Pulumi
 * (machines that write, administrators that mount) is told to it by its methods.
 */
export class SimulatedHost {
  /**
   * `query CIM_DataFile`, `invoke CreateVirtualHardDisk` and the like, for each request, in order.
   */
  readonly requests: string[] = [];
  readonly #before = new Map<string, () => void>();
  readonly #state: StateFile;
  readonly #disks: Disks;
  readonly #jobs: Jobs;
  readonly #replies: Replies;
  readonly #files: Files;
  readonly #machines: Machines;

  constructor(readonly options: SimulatedHostOptions) {
    mkdirSync(options.folder, { recursive: true });
    this.#state = new StateFile(options.folder);
    this.#disks = new Disks(
      new Volumes(options.folder),
      this.#state,
      options.hasDelegation === true,
    );
    this.#jobs = new Jobs(options.language ?? "en");
    this.#replies = new Replies(options, this.#jobs, this.#state);
    this.#files = new Files(this.#disks, options);
    this.#machines = new Machines(this.#state, this.#disks);
  }

  /** A session with the host; any number may be open. */
  session(): CimSession {
    return {
      get: async (reference) => this.#get(reference),
      query: async (query) => this.#query(query),
      associated: async (query) => this.#associated(query),
      invoke: async (call) => this.#invoke(call),
      hasClass: async (namespace, className) => {
        this.#note(`class ${namespace}:${className}`);
        this.#throwFault(`class:${className}`);
        return this.#classesOf(namespace).includes(className);
      },
      listMethods: async (namespace, className) => {
        this.#throwFault(`class:${className}`);
        return SERVICES.includes(className) ? Object.keys(this.#methodsOf(namespace)) : [];
      },
      close: () => Promise.resolve(),
    };
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
    this.#before.set(request, work);
  }

  #note(request: string): void {
    this.requests.push(request);
    const work = this.#before.get(request);
    this.#before.delete(request);
    work?.();
  }

  /** Makes the host misbehave. */
  inject(...faults: SimulatedFault[]): void {
    this.#state.update((state) => state.faults.push(...faults));
  }

  #get(reference: CimReference): CimInstance {
    this.#note(`get ${reference.className}`);
    this.#throwFault(`get:${reference.className}`);
    if (isJob(reference)) {
      return this.#jobs.read(reference);
    }
    if (reference.namespace === CIMV2) {
      return this.#files.get(reference);
    }
    throw refuse(this.options.language ?? "en", HRESULT.wbemNotFound);
  }

  #associated({
    source,
    resultClassName,
    associationClassName,
  }: CimAssociationQuery): readonly CimInstance[] {
    this.#note(`associated ${resultClassName}`);
    this.#throwFault(`associated:${resultClassName}`);
    if (isJob(source)) {
      return this.#jobs.resultsOf(source, resultClassName);
    }
    return this.#machines.listAssociated(source, resultClassName, associationClassName);
  }

  #query({ namespace, className, where = {}, properties }: CimQuery): CimInstance[] {
    this.#note(`query ${className}`);
    this.#throwFault(`query:${className}`);
    const classes = this.#classesOf(namespace);
    if (!classes.includes(className)) {
      const hresult =
        classes.length === 0 ? HRESULT.wbemInvalidNamespace : HRESULT.wbemInvalidClass;
      throw refuse(this.options.language ?? "en", hresult);
    }
    const found =
      namespace === CIMV2
        ? this.#listSystem(className, where)
        : this.#listHyperv(namespace, className);
    return found
      .filter((instance) => matches(instance, where))
      .map((instance) => project(instance, properties));
  }

  #listSystem(className: string, where: Readonly<Record<string, unknown>>): CimInstance[] {
    if (className === "Win32_OperatingSystem") {
      return [
        describeSystem(this.options, this.#files.formatDatetime(BigInt(Date.now()) * 1_000_000n)),
      ];
    }
    return this.#files.list(className, where);
  }

  /** A filtered account sees nothing of Hyper-V, and no error either. */
  #listHyperv(namespace: string, className: string): CimInstance[] {
    return this.options.isElevated === false ? [] : this.#listInstances(namespace, className);
  }

  #listInstances(namespace: string, className: string): CimInstance[] {
    if (SERVICES.includes(className) || SERVICES_OF_2016.includes(className)) {
      return [instanceAt(referTo(namespace, className, "Name", "vhdsvc"), {})];
    }
    if (className === "Msvm_MountedStorageImage") {
      return this.#state
        .read()
        .mounted.map((name) => instanceAt(referTo(namespace, className, "Name", name), {}));
    }
    return this.#machines.list(namespace, className);
  }

  async #invoke(call: CimMethodCall): Promise<CimMethodResult> {
    this.#note(`invoke ${call.method}`);
    const reference = { keys: {}, ...call.target };
    if (isJob(call.target)) {
      return this.#jobs.invoke(reference, call.method);
    }
    if (call.target.className === "CIM_DataFile") {
      const run = (): CimMethodResult => this.#files.invoke(reference, call.method, call.arguments);
      return this.#replies.answer(call, { reads: true, run });
    }
    const method = this.#methodsOf(call.target.namespace)[call.method];
    if (method === undefined) {
      throw refuse(this.options.language ?? "en", HRESULT.wbemInvalidMethod);
    }
    return this.#replies.answer(call, method);
  }

  #methodsOf(namespace: string): ReturnType<typeof imageMethods> {
    return namespace === V1
      ? imageMethodsV1(this.#disks)
      : { ...imageMethods(this.#disks, this.options), ...this.#machines.methods };
  }

  #classesOf(namespace: string): readonly string[] {
    const { generation = "2016" } = this.options;
    const hasNamespace =
      namespace === V2
        ? generation !== "2008R2"
        : generation.startsWith("2008") || generation === "2012";
    if (namespace === CIMV2) {
      return ["CIM_DataFile", "Win32_Directory", "Win32_OperatingSystem"];
    }
    if (!hasNamespace || (namespace !== V1 && namespace !== V2)) {
      return [];
    }
    const newer = generation === "2016" ? [...SERVICES_OF_2016, ...CLASSES_OF_2016] : [];
    const disks =
      namespace === V2 ? "Msvm_StorageAllocationSettingData" : "Msvm_ResourceAllocationSettingData";
    return [...SERVICES, ...CLASSES, disks, ...newer];
  }

  #throwFault(at: string): void {
    const failure = this.#replies.failureOf(this.#replies.takeFault(at));
    if (failure !== undefined) {
      throw failure;
    }
  }
}

function isJob({ className }: { readonly className: string }): boolean {
  return className === "Msvm_StorageJob" || className === "Msvm_ConcreteJob";
}
