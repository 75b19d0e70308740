import type { ServerUnaryCall, UntypedServiceImplementation, sendUnaryData } from "@grpc/grpc-js";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { cancelWork } from "../config";
import { Configuration } from "./configuration";
import { type EngineLog, withUrn } from "./engine-log";
import { type FailureContext, type GrpcFailure, toGrpcFailure } from "./failures";
import { Empty } from "./peer";
import { PlannedDisks } from "./planned-disks";
import { ProviderMethods } from "./provider-methods";
import { ResourceMethods, writePartialOutputs } from "./resource-methods";
import { readSchema } from "./schema";
import { readProperties } from "./values";
import { PACKAGE_VERSION } from "./version";

/** A request about one resource. */
interface UrnRequest {
  getUrn(): string;
  getType(): string;
}

/** What a method led to. */
interface Outcome<Response> {
  readonly failure: GrpcFailure | null;
  readonly response?: Response;
}

/**
 * The provider protocol of Pulumi over the lifecycles of this package: the second door beside the
 * dynamic provider.
 *
 * Methods that are left out answer `UNIMPLEMENTED`, which is what the engine expects of them:
 * `parameterize`, `construct`, `call`, `list`, `getMapping`, `getMappings`; docs/decisions.md says
 * why.
 *
 * @param log speaks to the user
 */
export function createService(log: EngineLog): UntypedServiceImplementation {
  const configuration = new Configuration();
  const planned = new PlannedDisks();
  const provider = new ProviderMethods(configuration, planned);
  const resources = new ResourceMethods(configuration, planned, (message) => log.warn(message));

  /** Answers with what a method returns or throws, never with a secret in clear text. */
  function answer<Request, Response>(
    method: (request: Request) => Promise<Response> | Response,
    describeFailure: (request: Request) => Partial<FailureContext> = () => ({}),
  ) {
    const run = async (request: Request): Promise<Outcome<Response>> => {
      try {
        return { failure: null, response: await method(request) };
      } catch (error) {
        const context = { secretValues: configuration.secretValues, ...describeFailure(request) };
        return { failure: toGrpcFailure(error, context) };
      }
    };
    const reply = async (request: Request, callback: sendUnaryData<Response>): Promise<void> => {
      const { failure, response } = await run(request);
      callback(failure, response);
    };
    return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void =>
      void reply(call.request, callback);
  }

  /**
   * As {@link answer}, for a request about one resource: what is said meanwhile shows beside it.
   */
  function answerAbout<Request extends UrnRequest, Response>(
    method: (request: Request) => Promise<Response>,
    inputsOf: (request: Request) => Parameters<typeof readProperties>[0] = () => undefined,
  ) {
    return answer<Request, Response>(
      (request) => withUrn(request.getUrn(), () => method(request)),
      (request) => ({
        writeOutputs: (outputs) =>
          writePartialOutputs(request, outputs, readProperties(inputsOf(request))),
      }),
    );
  }

  return {
    handshake: answer((request: proto.ProviderHandshakeRequest) => {
      log.connect(request.getEngineAddress());
      return provider.handshake();
    }),
    attach: answer((request: PluginAttach) => {
      log.connect(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: answer(() => {
      const info = new PluginInfo();
      info.setVersion(PACKAGE_VERSION);
      return info;
    }),
    getSchema: answer(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(readSchema());
      return response;
    }),
    checkConfig: answer((request: proto.CheckRequest) => provider.checkConfig(request)),
    diffConfig: answer((request: proto.DiffRequest) => provider.diffConfig(request)),
    configure: answer((request: proto.ConfigureRequest) => provider.configure(request)),
    invoke: answer((request: proto.InvokeRequest) => provider.invoke(request)),
    check: answerAbout((request: proto.CheckRequest) => resources.check(request)),
    diff: answerAbout((request: proto.DiffRequest) => resources.diff(request)),
    create: answerAbout(
      (request: proto.CreateRequest) => resources.create(request),
      (request) => request.getProperties(),
    ),
    read: answerAbout((request: proto.ReadRequest) => resources.read(request)),
    update: answerAbout(
      (request: proto.UpdateRequest) => resources.update(request),
      (request) => request.getNews(),
    ),
    delete: answerAbout((request: proto.DeleteRequest) => resources.delete(request)),
    cancel: answer(() => {
      cancelWork();
      return new Empty();
    }),
  };
}
