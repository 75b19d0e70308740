import { type BatchLimits, chooseBatch } from "./bridge-batch";
import { BridgeCall, type CallRequest } from "./bridge-call";
import {
  type HostDescription,
  createDroppedError,
  createTimeoutError,
  createUnreachableError,
  describeOperation,
} from "./bridge-errors";
import {
  type BridgeEnd,
  BridgeProcess,
  type BridgeProcessOptions,
  FIRST_REQUEST_ID,
  type ShellProcess,
} from "./bridge-process";
import { createRefusedError } from "../cim/cim-failure";
import { type BridgeAnswer, encodeRequestLine } from "./bridge-protocol";

/** What a channel needs. */
export interface BridgeChannelOptions
  extends
    HostDescription,
    BatchLimits,
    Omit<BridgeProcessOptions, "onReady" | "onAnswer" | "onEnd"> {
  /** Starts a process; throws DiskError when it cannot even be tried. */
  readonly launch: () => ShellProcess;
}

/** A call that only reads is repeated once when the process was lost under it. */
const MAX_LOSSES = 2;
/**
 * So many processes may end one after another without a single answer before the waiting calls are
 * given up.
 */
const MAX_FRUITLESS_ENDS = 5;

/**
 * Carries calls to one host through one process at a time, which is started when the first call
 * comes and again when it was lost.
 *
 * One line is under way at a time: a call that changes something travels alone, calls that only
 * read travel as one batch. So what was not sent yet can be given up safely, and when a process is
 * lost, the outcome of one changing call at most is unknown. The time limit of a call counts from
 * the answer before it, because the bridge works on one request at a time. A call beyond its limit
 * cannot be taken back: its process is ended.
 */
export class BridgeChannel {
  #waiting: BridgeCall[] = [];
  /** By id, in the order in which the bridge works on them. */
  readonly #inFlight = new Map<number, BridgeCall>();
  #process: BridgeProcess | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #isPumping = false;
  #isClosed = false;
  #nextId = FIRST_REQUEST_ID;
  #fruitlessEnds = 0;

  constructor(readonly options: BridgeChannelOptions) {}

  /** Asks the host. */
  async request<T>(request: CallRequest<T>): Promise<T> {
    const call: BridgeCall<T> = new BridgeCall(
      request,
      this.options,
      () => this.#cancel(call as BridgeCall, "the request was cancelled"),
      () => this.#updateKeepAlive(),
    );
    this.#waiting.push(call as BridgeCall);
    if (this.#isClosed || request.options.signal?.aborted === true) {
      this.#cancel(
        call as BridgeCall,
        this.#isClosed ? "the session was closed" : "the request was cancelled",
      );
    }
    this.#updateKeepAlive();
    this.#pumpSoon();
    return call.answer;
  }

  /** Ends the session; calls under way fail. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#deadline);
    const process = this.#process;
    this.#process = undefined;
    if (this.#inFlight.size > 0) {
      process?.shell.kill();
    }
    for (const call of [...this.#inFlight.values(), ...this.#waiting]) {
      this.#cancel(call, "the session was closed");
    }
    this.#inFlight.clear();
    await process?.close();
  }

  #cancel(call: BridgeCall, what: string): void {
    const wasSent = !this.#waiting.includes(call);
    this.#waiting = this.#waiting.filter((other) => other !== call);
    call.cancel(what, wasSent);
  }

  /**
   * Waits until all calls of this turn of the event loop are there, so that they travel together.
   */
  #pumpSoon(): void {
    if (!this.#isPumping) {
      this.#isPumping = true;
      setImmediate(() => {
        this.#isPumping = false;
        this.#pump();
      });
    }
  }

  #pump(): void {
    if (this.#isClosed || this.#inFlight.size > 0 || this.#waiting.length === 0) {
      return;
    }
    if (this.#process === undefined) {
      this.#start();
    } else if (this.#process.isReady) {
      this.#sendBatch(this.#process);
    }
  }

  #start(): void {
    try {
      const process = new BridgeProcess(this.options.launch(), {
        ...this.options,
        onReady: () => this.#pumpSoon(),
        onAnswer: (answer) => this.#receive(answer),
        onEnd: (end) => this.#lose(end, process),
      });
      this.#process = process;
      this.#updateKeepAlive();
    } catch (error) {
      this.#failWaiting(() => error);
    }
  }

  #sendBatch(process: BridgeProcess): void {
    const batch = new Set(chooseBatch(this.#waiting, this.options));
    this.#waiting = this.#waiting.filter((call) => !batch.has(call));
    for (const call of batch) {
      this.#inFlight.set(this.#nextId, call);
      this.#nextId += 1;
    }
    process.send(
      encodeRequestLine([...this.#inFlight].map(([id, call]) => ({ id, ...call.encoded }))),
    );
    this.#restartDeadline();
  }

  #receive(answer: BridgeAnswer): void {
    const call = this.#inFlight.get(answer.id);
    if (call === undefined) {
      this.#process?.kill("the host answered a request that was not sent");
      return;
    }
    this.#inFlight.delete(answer.id);
    this.#fruitlessEnds = 0;
    this.#restartDeadline();
    if ("failure" in answer) {
      call.fail(createRefusedError(answer.failure, describeOperation(call.operation)));
    } else {
      call.succeed(answer.value);
    }
    this.#pumpSoon();
  }

  #restartDeadline(): void {
    clearTimeout(this.#deadline);
    const [head] = this.#inFlight;
    if (head !== undefined) {
      const [, call] = head;
      this.#deadline = setTimeout(() => this.#expire(call), call.timeoutMs);
      this.#deadline.unref();
    }
  }

  #expire(call: BridgeCall): void {
    call.fail(createTimeoutError(this.options, call));
    this.#process?.kill("a request took too long, and its process was stopped");
  }

  /**
   * A process that never got ready fails all who wait; one that was lost later fails the call that
   * it was working on, and another starts. What stood behind that call was not begun, so it waits
   * again.
   */
  #lose(end: BridgeEnd, process: BridgeProcess): void {
    if (this.#process !== process) {
      return;
    }
    this.#process = undefined;
    clearTimeout(this.#deadline);
    const [begun, ...behind] = this.#inFlight.values();
    this.#inFlight.clear();
    this.#waiting.unshift(...behind.filter((call) => !call.isSettled));
    if (begun !== undefined && !begun.isSettled) {
      begun.lossCount += 1;
      if (begun.readOnly && begun.lossCount < MAX_LOSSES) {
        this.#waiting.unshift(begun);
      } else {
        begun.fail(createDroppedError(this.options, end, begun));
      }
    }
    this.#fruitlessEnds += 1;
    if (!process.wasReady || this.#fruitlessEnds >= MAX_FRUITLESS_ENDS) {
      this.#fruitlessEnds = 0;
      this.#failWaiting(() => createUnreachableError(this.options, end));
    }
    this.#pumpSoon();
  }

  #failWaiting(createError: () => unknown): void {
    const failed = this.#waiting;
    this.#waiting = [];
    for (const call of failed) {
      call.fail(createError());
    }
  }

  /** An idle session must not keep a program from ending; a busy one must. */
  #updateKeepAlive(): void {
    const isBusy =
      this.#waiting.length > 0 || [...this.#inFlight.values()].some((call) => !call.isSettled);
    this.#process?.shell.setKeepAlive(isBusy);
  }
}
