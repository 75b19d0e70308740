import { AsyncLocalStorage } from "node:async_hooks";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { grpc } from "./peer";

/** What is being worked on, so that whatever is said meanwhile shows beside it. */
const currentUrn = new AsyncLocalStorage<string>();

/** Runs a step of one resource: what {@link EngineLog} says during it carries the URN. */
export function withUrn<T>(urn: string, action: () => Promise<T>): Promise<T> {
  return currentUrn.run(urn, action);
}

/** Speaks to the user through the engine, beside the resource that is being worked on. */
export class EngineLog {
  #client: EngineClient | undefined;

  /** @param address of the engine; without it, there is nobody to speak to until {@link connect} */
  constructor(address = "") {
    this.connect(address);
  }

  /**
   * Speaks to this engine from now on. An empty address, which a handshake may give, changes
   * nothing.
   */
  connect(address: string): void {
    if (address !== "") {
      this.close();
      this.#client = new EngineClient(address, grpc.credentials.createInsecure());
    }
  }

  /** Shows a line that the next one replaces. */
  showProgress(message: string): void {
    this.#send(message, LogSeverity.INFO, true);
  }

  /** Shows something that the user should know. */
  warn(message: string): void {
    this.#send(message, LogSeverity.WARNING, false);
  }

  /** Ends the connection. */
  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #send(message: string, severity: 0 | 1 | 2 | 3, isEphemeral: boolean): void {
    const request = new LogRequest();
    request.setMessage(message);
    request.setSeverity(severity);
    request.setEphemeral(isEphemeral);
    request.setUrn(currentUrn.getStore() ?? "");
    // What is said is no part of the work: a lost line fails nothing.
    this.#client?.log(request, () => undefined);
  }
}
