import { type HostDescription, createCancelledError, createUnreadableError } from "./bridge-errors";
import type { CimCallOptions } from "../cim/cim-session";
import { type BridgeOperation, type EncodedOperation, encodeOperation } from "./bridge-protocol";

/** What is asked of a host, and how its answer is read. */
export interface CallRequest<T> {
  readonly operation: BridgeOperation;
  /** Whether doing it twice does no harm. */
  readonly readOnly: boolean;
  readonly options: CimCallOptions;
  readonly decode: (value: unknown) => T;
}

/** A request and whoever waits for its answer, until there is one or nobody waits any more. */
export class BridgeCall<T = unknown> {
  readonly operation: BridgeOperation;
  readonly readOnly: boolean;
  readonly timeoutMs: number;
  readonly encoded: EncodedOperation;
  /** How long its operation is on the line. */
  readonly lengthChars: number;
  /** Settles exactly once. */
  readonly answer: Promise<T>;
  /** How often a process was lost that was working on it. */
  lossCount = 0;
  #isSettled = false;
  #resolve: (value: T) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  /**
   * @param onCancel is called when the signal of the caller says that nobody waits any more
   * @param onSettled is called when the answer is there or not wanted any more
   * @throws Internal when it cannot be sent
   */
  constructor(
    readonly request: CallRequest<T>,
    readonly host: HostDescription,
    readonly onCancel: () => void,
    readonly onSettled: () => void,
  ) {
    this.operation = request.operation;
    this.readOnly = request.readOnly;
    this.timeoutMs = request.options.timeoutMs;
    this.encoded = encodeOperation(request.operation);
    this.lengthChars = JSON.stringify(this.encoded).length;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    request.options.signal?.addEventListener("abort", onCancel);
  }

  /** Whether nobody waits any more. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Gives the answer to whoever waits. */
  succeed(value: unknown): void {
    try {
      const answer = this.request.decode(value);
      this.#settle(() => this.#resolve(answer));
    } catch (error) {
      this.fail(createUnreadableError(this.host, this, error));
    }
  }

  /** Gives an error to whoever waits. */
  fail(error: unknown): void {
    this.#settle(() => this.#reject(error));
  }

  /**
   * Stops waiting.
   *
   * @param what why, as a clause
   * @param wasSent whether the host has it
   */
  cancel(what: string, wasSent: boolean): void {
    this.fail(createCancelledError(this.host, this, what, wasSent));
  }

  #settle(tell: () => void): void {
    if (!this.#isSettled) {
      this.#isSettled = true;
      this.request.options.signal?.removeEventListener("abort", this.onCancel);
      tell();
      this.onSettled();
    }
  }
}
