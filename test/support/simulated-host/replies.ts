import type {
  CimInstance,
  CimMethodCall,
  CimMethodResult,
  CimProperties,
} from "../../../provider/hyperv/cim/cim-session";
import { createInterruptedError } from "../../../provider/hyperv/cim/cim-failure";
import { HRESULT, HostException, refuse, toHresult } from "./failure";
import { type Jobs, startedJob } from "./jobs";
import type { FaultKind, SimulatedFault, SimulatedHostOptions } from "./options";
import type { StateFile } from "./state";

/** A method of a service of the host. */
export interface HostMethod {
  /** Its results are what it returns at once. */
  readonly reads: boolean;
  /** @throws what `toHresult` knows */
  run(args: CimProperties): Promise<MethodWork> | MethodWork;
}

/** What a method has done. */
export interface MethodWork {
  readonly outputs?: CimProperties;
  /** Another number than 0 that is an answer. */
  readonly returnValue?: number;
  /** What is associated with the job that did it. */
  readonly results?: readonly CimInstance[];
}

const RETURN_VALUES: Readonly<Record<number, number>> = {
  [HRESULT.fileNotFound]: 32779,
  [HRESULT.pathNotFound]: 32779,
  [HRESULT.accessDenied]: 32769,
  [HRESULT.sharingViolation]: 32774,
  [HRESULT.invalidParameter]: 32773,
  0xc03a000e: 32791,
  0xc03a0018: 32787,
};

/** How a host answers method calls: with jobs or at once, and with the faults it was given. */
export class Replies {
  constructor(
    private readonly options: SimulatedHostOptions,
    private readonly jobs: Jobs,
    private readonly state: StateFile,
  ) {}

  /** Runs a method and answers as the host does. */
  async answer(call: CimMethodCall, method: HostMethod): Promise<CimMethodResult> {
    const fault = this.takeFault(call.method, call.arguments);
    return fault === undefined ? this.#reply(call, method) : this.#misbehave(fault, call, method);
  }

  /** Takes the next fault for something, if there is one. */
  takeFault(at: string, args: CimProperties = {}): FaultKind | undefined {
    if (this.state.read().faults.length === 0) {
      return undefined;
    }
    return this.state.update((state) => {
      const index = state.faults.findIndex((fault) => fault.at === at && isAbout(fault, args));
      const fault = state.faults[index];
      if (fault === undefined) {
        return undefined;
      }
      const left = (fault.times ?? 1) - 1;
      state.faults.splice(index, 1, ...(left > 0 ? [{ ...fault, times: left }] : []));
      return fault.how;
    });
  }

  /** The error of a refused request, or of a connection that broke before anything was done. */
  failureOf(fault: FaultKind | undefined): Error | undefined {
    if (fault?.kind === "refuses") {
      return refuse(this.options.language ?? "en", fault.hresult);
    }
    return fault?.kind === "drops" ? dropped(false) : undefined;
  }

  async #reply(call: CimMethodCall, method: HostMethod): Promise<CimMethodResult> {
    const usesJobs = this.options.replies !== "at once";
    let work: MethodWork;
    try {
      work = await method.run(call.arguments);
    } catch (error) {
      const hresult = toHresult(error);
      const link = error instanceof HostException ? error.link : undefined;
      return usesJobs
        ? this.#startJob(call, hresult, { link })
        : { returnValue: RETURN_VALUES[hresult] ?? 32768, outputs: {} };
    }
    const { outputs = {}, returnValue = 0, results = [] } = work;
    if (method.reads || !usesJobs) {
      return { returnValue, outputs };
    }
    return this.#startJob(call, 0, { results });
  }

  #startJob(
    call: CimMethodCall,
    hresult: number,
    plan: Partial<Parameters<Jobs["start"]>[0]> = {},
  ): CimMethodResult {
    const { namespace } = call.target;
    // Jobs on machines are of another class. See
    // corpus/wsman/recorded_affectedjobelement_pull_created.xml
    const className =
      call.target.className === "Msvm_ImageManagementService"
        ? "Msvm_StorageJob"
        : "Msvm_ConcreteJob";
    return startedJob(
      this.jobs.start({
        namespace,
        className,
        hresult,
        polls: this.options.pollsPerJob ?? 1,
        ...plan,
      }),
    );
  }

  async #misbehave(
    fault: FaultKind,
    call: CimMethodCall,
    method: HostMethod,
  ): Promise<CimMethodResult> {
    const work = "done" in fault && fault.done ? await method.run(call.arguments) : undefined;
    switch (fault.kind) {
      case "returns":
        return { returnValue: fault.value, outputs: {} };
      case "refuses":
        throw refuse(this.options.language ?? "en", fault.hresult);
      case "is":
        return { returnValue: 0, outputs: {} };
      case "drops":
        throw dropped(!call.readOnly);
      case "job fails":
        return this.#startJob(call, fault.hresult);
      case "job vanishes":
        return this.#startJob(call, 0, { vanishes: true, results: work?.results ?? [] });
      case "job hangs":
        return this.#startJob(call, 0, { hangs: true, cancellable: fault.cancellable });
      case "deferred":
        return this.#startJob(call, 0);
    }
  }
}

function dropped(outcomeUnknown: boolean): Error {
  return createInterruptedError("SessionDropped", { what: "the session ended" }, outcomeUnknown);
}

/**
 * Whether a fault is meant for a call: one of its texts is the path, or an embedded object holds
 * it.
 */
function isAbout(fault: SimulatedFault, args: CimProperties): boolean {
  const { path } = fault;
  return (
    path === undefined ||
    Object.values(args).some(
      ({ value }) => typeof value === "string" && (value === path || value.includes(`>${path}<`)),
    )
  );
}
