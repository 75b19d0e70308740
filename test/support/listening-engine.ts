import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

/** What a plugin asked the engine to show to the user. */
export interface ShownLine {
  /** The resource beside which it is shown. */
  readonly urn: string;
  readonly message: string;
  readonly severity: string;
  /** Whether the next line replaces it. */
  readonly isEphemeral: boolean;
}

/** The end of the engine that plugins speak to. */
export interface ListeningEngine {
  /** Where a plugin reaches it. */
  readonly address: string;
  /** All that it was told to show, in order. */
  readonly lines: ShownLine[];
}

/** Engines that keep what they are told to show; ended with the tests of the file. */
export function useListeningEngine(): () => Promise<ListeningEngine> {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) {
      server.forceShutdown();
    }
  });
  return async () => {
    const lines: ShownLine[] = [];
    const server = new Server();
    servers.push(server);
    server.addService(EngineService, {
      log: (call: { request: LogRequest }, callback: (error: null, response: Empty) => void) => {
        lines.push(toLine(call.request));
        callback(null, new Empty());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return { address: `127.0.0.1:${port}`, lines };
  };
}

function toLine(request: LogRequest): ShownLine {
  const severity = request.getSeverity();
  return {
    urn: request.getUrn(),
    message: request.getMessage(),
    severity: Object.entries(LogSeverity).find(([, value]) => value === severity)?.[0] ?? "",
    isEphemeral: request.getEphemeral(),
  };
}
