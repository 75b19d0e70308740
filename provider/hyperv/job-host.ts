import type { CimReference, CimSession } from "./cim";
import { textOf } from "./values/cim-values";
import type { Clock } from "./clock";

/** The host on which methods are called and jobs run, and the bounds for both. */
export interface JobHost {
  readonly session: CimSession;
  readonly clock: Clock;
  /** The bound for each single request. */
  readonly callTimeoutMs: number;
  /** How long a job may take altogether. */
  readonly jobTimeoutMs: number;
  /** Whether a job that takes too long is cancelled or left to itself. */
  readonly onJobTimeout: "cancel" | "leave";
  /** Ends the waiting; the job is treated as one that takes too long. */
  readonly signal?: AbortSignal | undefined;
  /** Told whenever a job has advanced. */
  readonly onJobProgress?: ((progress: JobProgress) => void) | undefined;
}

/** How far a job is. */
export interface JobProgress {
  /** What the job works on, nearly always the path of a disk. */
  readonly subject: string;
  /** The method that started it. */
  readonly operation: string;
  readonly jobId: string;
  /** 0 to 100. */
  readonly percentComplete: number;
}

/** A job to wait for. */
export interface StartedJob {
  readonly reference: CimReference;
  readonly operation: string;
  readonly subject: string;
}

/** What a job is known by on its host. */
export function jobIdOf(job: StartedJob): string {
  return textOf(job.reference.keys, "InstanceID") ?? "";
}
