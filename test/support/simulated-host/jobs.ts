import { randomUUID } from "node:crypto";
import type {
  CimInstance,
  CimMethodResult,
  CimProperties,
  CimReference,
} from "../../../provider/hyperv/cim/cim-session";
import { cimBoolean, cimReference, cimString, cimUint16, cimUint32, textOf, embed } from "./values";

import { instanceAt, referTo } from "./cim-objects";
import { HRESULT, refuse } from "./failure";
import { describeInLanguage, describeJobState } from "./messages";
import type { HostLanguage } from "./options";

/** How a job goes. */
export interface JobPlan {
  readonly namespace: string;
  /** That of jobs on disks where absent. */
  readonly className?: "Msvm_StorageJob" | "Msvm_ConcreteJob";
  /** 0 for success. */
  readonly hresult: number;
  /** How often it says that it is running. */
  readonly polls: number;
  /** It disappears instead of ending. */
  readonly vanishes?: boolean;
  /** It never ends by itself. */
  readonly hangs?: boolean;
  readonly cancellable?: boolean;
  /** Where a chain is broken. */
  readonly link?: { readonly child: string; readonly parent: string } | undefined;
  /** What is associated with it once it has succeeded. */
  readonly results?: readonly CimInstance[];
}

interface Job {
  readonly plan: JobPlan;
  reads: number;
  cancelled: boolean;
}

/** The jobs of a host. They live as long as its process. */
export class Jobs {
  readonly #jobs = new Map<string, Job>();

  constructor(private readonly language: HostLanguage) {}

  /** Starts a job whose work is already done, or that will never do it. */
  start(plan: JobPlan): CimReference {
    const id = randomUUID().toUpperCase();
    this.#jobs.set(id, { plan, reads: 0, cancelled: false });
    return referTo(plan.namespace, plan.className ?? "Msvm_StorageJob", "InstanceID", id);
  }

  /** @throws as the host when there is no such job, or no more */
  read(reference: CimReference): CimInstance {
    const job = this.#find(reference);
    job.reads += 1;
    if (job.plan.vanishes === true && job.reads > job.plan.polls) {
      this.#jobs.delete(textOf(reference.keys, "InstanceID") ?? "");
      throw refuse(this.language, HRESULT.wbemNotFound);
    }
    return instanceAt(reference, this.#describe(job));
  }

  /** What a job has brought about. */
  resultsOf(reference: CimReference, className: string): readonly CimInstance[] {
    return (this.#find(reference).plan.results ?? []).filter(
      (instance) => instance.className === className,
    );
  }

  /** The methods of a job. */
  invoke(reference: CimReference, method: string): CimMethodResult {
    const job = this.#find(reference);
    if (method === "RequestStateChange") {
      const accepted = job.plan.cancellable !== false;
      job.cancelled ||= accepted;
      return { returnValue: accepted ? 4096 : 32775, outputs: {} };
    }
    if (method === "GetErrorEx") {
      const message = describeInLanguage(this.language, job.plan.hresult);
      const errors =
        job.plan.hresult === 0 ? [] : [embed("Msvm_Error", { Message: cimString(message) })];
      return { returnValue: 0, outputs: { Errors: { type: "string[]", value: errors } } };
    }
    throw refuse(this.language, HRESULT.wbemInvalidMethod);
  }

  #find(reference: CimReference): Job {
    const job = this.#jobs.get(textOf(reference.keys, "InstanceID") ?? "");
    if (job === undefined) {
      throw refuse(this.language, HRESULT.wbemNotFound);
    }
    return job;
  }

  #describe(job: Job): CimProperties {
    const { hresult, polls, hangs } = job.plan;
    const isRunning = !job.cancelled && (hangs === true || job.reads <= polls);
    const state = job.cancelled
      ? 8
      : isRunning
        ? job.reads === 1
          ? 2
          : 4
        : hresult === 0
          ? 7
          : 10;
    const failed = state === 10;
    return {
      JobState: cimUint16(state),
      PercentComplete: cimUint16(
        isRunning ? Math.floor((100 * (job.reads - 1)) / (polls + 1)) : 100,
      ),
      Caption: cimString(describeJobState(this.language, isRunning)),
      JobStatus: cimString(describeJobState(this.language, isRunning)),
      Cancellable: cimBoolean(job.plan.cancellable !== false),
      ErrorCode: cimUint16(failed ? 32768 : 0),
      ErrorDescription: failed
        ? cimString(describeInLanguage(this.language, hresult))
        : { type: "string", value: null },
      // Null unless a chain is broken. See corpus/wsman/get_response_storagejob_completed.xml
      Child: { type: "string", value: job.plan.link?.child ?? null },
      Parent: { type: "string", value: job.plan.link?.parent ?? null },
      JobCompletionStatusCode: cimUint32(failed ? hresult : 0),
    };
  }
}

/** What a method returns that has started a job. */
export function startedJob(reference: CimReference, outputs: CimProperties = {}): CimMethodResult {
  return { returnValue: 4096, outputs: { ...outputs, Job: cimReference(reference) } };
}
