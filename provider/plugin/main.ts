/**
 * The provider plugin `pulumi-resource-vhd`: what Pulumi starts for programs in every language.
 *
 * Start reading here, then service.ts (the methods of the protocol), resource-methods.ts (one
 * resource) and catalogue.ts (what there is). The folder is one thin adapter: what is done to disks
 * is decided in resources/.
 */
import { fstatSync } from "node:fs";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { closeBackends, onProgress } from "../config";
import { EngineLog } from "./engine-log";
import { grpc } from "./peer";
import { createService } from "./service";

/** The largest message: a page of changed ranges, or the state of a disk, is far smaller. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** A plugin that listens. */
export interface RunningPlugin {
  readonly port: number;
  /** Ends what it holds open. */
  stop(): Promise<void>;
}

/**
 * Starts the plugin.
 *
 * @param engineAddress where to reach the engine; the handshake may tell it later
 */
export async function startPlugin(engineAddress?: string): Promise<RunningPlugin> {
  const log = new EngineLog(engineAddress);
  onProgress((line) => log.showProgress(line));
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(ResourceProviderService, createService(log));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, boundPort) =>
      error === null ? resolve(boundPort) : reject(error),
    );
  });
  return {
    port,
    async stop() {
      server.forceShutdown();
      log.close();
      await closeBackends();
    },
  };
}

/**
 * Runs the plugin until Pulumi ends it.
 *
 * @param args what Pulumi started it with: options, and the address of the engine last
 */
export async function main(args: readonly string[]): Promise<void> {
  const plugin = await startPlugin(args.findLast((arg) => !arg.startsWith("-")));
  const exit = (): void => void plugin.stop().finally(() => process.exit(0));
  process.once("SIGINT", exit);
  process.once("SIGTERM", exit);
  if (fstatSync(0).isFIFO()) {
    // Pulumi holds the other end of this pipe: it closes when Pulumi is gone, however it went.
    process.stdin.once("close", exit).resume();
  }
  process.stdout.write(`${plugin.port}\n`);
}
