import { setMaxListeners } from "node:events";
import type { CimReference, CimSession } from "../cim/cim-session";
import { textOf } from "../cim/cim-values";
import { type Clock, SYSTEM_CLOCK } from "./clock";

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

/** What can be set about requests and jobs. Everything has a default. */
export interface JobHostOptions {
  /** How long the host may work on one request. 2 minutes by default. */
  readonly callTimeoutMs?: number | undefined;
  /**
   * How long a job of the host may take: a large fixed disk is written in full. 1 hour by default.
   */
  readonly jobTimeoutMs?: number | undefined;
  /** Whether a job that takes too long is cancelled, the default, or left to itself. */
  readonly onJobTimeout?: "cancel" | "leave" | undefined;
  /**
   * Ends the waiting for jobs when it fires; those under way are treated as jobs that take too
   * long.
   */
  readonly signal?: AbortSignal | undefined;
  /** Told whenever a job of the host has advanced. */
  readonly onJobProgress?: ((progress: JobProgress) => void) | undefined;
  readonly clock?: Clock | undefined;
}

const CALL_TIMEOUT_MS = 120_000;
const JOB_TIMEOUT_MS = 3_600_000;

/** The bounds in effect for a host. */
export function createJobHost(session: CimSession, options: JobHostOptions): JobHost {
  if (options.signal !== undefined) {
    // Hundreds of jobs wait for it at the same time, which Node.js would take for a leak.
    setMaxListeners(Infinity, options.signal);
  }
  return {
    session,
    clock: options.clock ?? SYSTEM_CLOCK,
    callTimeoutMs: options.callTimeoutMs ?? CALL_TIMEOUT_MS,
    jobTimeoutMs: options.jobTimeoutMs ?? JOB_TIMEOUT_MS,
    onJobTimeout: options.onJobTimeout ?? "cancel",
    signal: options.signal,
    onJobProgress: options.onJobProgress,
  };
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
