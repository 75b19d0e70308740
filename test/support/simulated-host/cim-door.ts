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
import type { Disks } from "./disks";
import { HRESULT, refuse } from "./failure";
import type { Files } from "./files";
import { imageMethods } from "./image-methods";
import { imageMethodsV1 } from "./image-methods-v1";
import type { Jobs } from "./jobs";
import type { Machines } from "./machines";
import type { SimulatedHostOptions } from "./options";
import type { Replies } from "./replies";
import type { StateFile } from "./state";
import { describeSystem } from "./system";

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

/** What a simulated host consists of. */
export interface HostParts {
  readonly state: StateFile;
  readonly disks: Disks;
  readonly jobs: Jobs;
  readonly replies: Replies;
  readonly files: Files;
  readonly machines: Machines;
}

/** The side of a simulated host that answers CIM: classes, instances and methods. */
export class CimDoor {
  /** Each request, in order: `query CIM_DataFile`, `invoke CreateVirtualHardDisk` and the like. */
  readonly requests: string[] = [];
  readonly #before = new Map<string, () => void>();

  constructor(
    private readonly options: SimulatedHostOptions,
    private readonly parts: HostParts,
  ) {}

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

  /** Lets something happen right before the host works on a request, once. */
  before(request: string, work: () => void): void {
    this.#before.set(request, work);
  }

  #note(request: string): void {
    this.requests.push(request);
    const work = this.#before.get(request);
    this.#before.delete(request);
    work?.();
  }

  #get(reference: CimReference): CimInstance {
    this.#note(`get ${reference.className}`);
    this.#throwFault(`get:${reference.className}`);
    if (isJob(reference)) {
      return this.parts.jobs.read(reference);
    }
    if (reference.namespace === CIMV2) {
      return this.parts.files.get(reference);
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
      return this.parts.jobs.resultsOf(source, resultClassName);
    }
    return this.parts.machines.listAssociated(source, resultClassName, associationClassName);
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
        describeSystem(
          this.options,
          this.parts.files.formatDatetime(BigInt(Date.now()) * 1_000_000n),
        ),
      ];
    }
    return this.parts.files.list(className, where);
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
      return this.parts.state
        .read()
        .mounted.map((name) => instanceAt(referTo(namespace, className, "Name", name), {}));
    }
    return this.parts.machines.list(namespace, className);
  }

  async #invoke(call: CimMethodCall): Promise<CimMethodResult> {
    this.#note(`invoke ${call.method}`);
    const reference = { keys: {}, ...call.target };
    if (isJob(call.target)) {
      return this.parts.jobs.invoke(reference, call.method);
    }
    if (call.target.className === "CIM_DataFile") {
      const run = (): CimMethodResult =>
        this.parts.files.invoke(reference, call.method, call.arguments);
      return this.parts.replies.answer(call, { reads: true, run });
    }
    const method = this.#methodsOf(call.target.namespace)[call.method];
    if (method === undefined) {
      throw refuse(this.options.language ?? "en", HRESULT.wbemInvalidMethod);
    }
    return this.parts.replies.answer(call, method);
  }

  #methodsOf(namespace: string): ReturnType<typeof imageMethods> {
    return namespace === V1
      ? imageMethodsV1(this.parts.disks)
      : { ...imageMethods(this.parts.disks, this.options), ...this.parts.machines.methods };
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
    const failure = this.parts.replies.failureOf(this.parts.replies.takeFault(at));
    if (failure !== undefined) {
      throw failure;
    }
  }
}

function isJob({ className }: { readonly className: string }): boolean {
  return className === "Msvm_StorageJob" || className === "Msvm_ConcreteJob";
}
