import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { startPlugin } from "../../provider/plugin/main";

/** Properties as they travel. */
export type WireProperties = Record<string, unknown>;

/** What a plugin answers a call with: the message, as plain values where they are properties. */
export interface PluginFailure {
  readonly code: number;
  readonly details: string;
  /** What the engine records of a resource that was made but not finished. */
  readonly initFailure?: {
    readonly id: string;
    readonly properties: WireProperties;
    readonly reasons: string[];
  };
}

/** A resource as requests name it. */
export interface ResourceName {
  readonly type: string;
  readonly name: string;
}

/**
 * The engine's end of the provider protocol, through the client stubs that Pulumi itself generates.
 */
export class PluginClient {
  readonly #client: ResourceProviderClient;

  constructor(port: number) {
    this.#client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  close(): void {
    this.#client.close();
  }

  /** Calls a method that has no parameter worth naming. */
  call<Response>(
    method:
      | "handshake"
      | "getSchema"
      | "checkConfig"
      | "diffConfig"
      | "configure"
      | "invoke"
      | "cancel"
      | "getPluginInfo"
      | "construct"
      | "attach",
    request: object,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const stub = this.#client[method] as unknown as (
        this: ResourceProviderClient,
        request: object,
        callback: (error: unknown, response: Response) => void,
      ) => void;
      stub.call(this.#client, request, (error, response) =>
        error === null ? resolve(response) : reject(toFailure(error)),
      );
    });
  }

  /** Handshake and configuration, as the engine begins. */
  async begin(config: WireProperties = {}, engineAddress = ""): Promise<void> {
    const handshake = new proto.ProviderHandshakeRequest();
    handshake.setEngineAddress(engineAddress);
    handshake.setInvokeWithPreview(true);
    await this.call("handshake", handshake);
    await this.configure(config);
  }

  async configure(config: WireProperties): Promise<void> {
    const request = new proto.ConfigureRequest();
    request.setArgs(toStruct(config));
    for (const [key, value] of Object.entries(config)) {
      request
        .getVariablesMap()
        .set(`vhd:config:${key}`, typeof value === "string" ? value : JSON.stringify(value));
    }
    await this.call("configure", request);
  }

  async checkConfig(news: WireProperties) {
    const request = new proto.CheckRequest();
    request.setUrn("urn:pulumi:test::test::pulumi:providers:vhd::default");
    request.setNews(toStruct(news));
    return fromCheckResponse(await this.call<proto.CheckResponse>("checkConfig", request));
  }

  async invoke(name: string, args: WireProperties, preview = false): Promise<WireProperties> {
    const request = new proto.InvokeRequest();
    request.setTok(`vhd:index:${name}`);
    request.setArgs(toStruct(args));
    request.setPreview(preview);
    return fromStruct((await this.call<proto.InvokeResponse>("invoke", request)).getReturn());
  }

  async check(resource: ResourceName, news: WireProperties, olds: WireProperties = {}) {
    const request = this.#about(new proto.CheckRequest(), resource);
    request.setOlds(toStruct(olds));
    request.setNews(toStruct(news));
    return fromCheckResponse(await this.#send<proto.CheckResponse>("check", request));
  }

  async diff(
    resource: ResourceName,
    olds: WireProperties,
    news: WireProperties,
    oldInputs: WireProperties = {},
  ) {
    const request = this.#about(new proto.DiffRequest(), resource);
    request.setOlds(toStruct(olds));
    request.setOldInputs(toStruct(oldInputs));
    request.setNews(toStruct(news));
    const response = await this.#send<proto.DiffResponse>("diff", request);
    const kinds = Object.entries(proto.PropertyDiff.Kind) as [string, number][];
    const details = response.getDetaileddiffMap().toArray() as unknown as [string, [number]][];
    return {
      changes: response.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList(),
      stables: response.getStablesList(),
      diffs: response.getDiffsList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
      details: Object.fromEntries(
        details.map(([name, [kind]]) => [
          name,
          kinds.find(([, value]) => value === (kind ?? 0))?.[0],
        ]),
      ),
    };
  }

  async create(
    resource: ResourceName,
    inputs: WireProperties,
    options: { preview?: boolean; timeout?: number } = {},
  ) {
    const request = this.#about(new proto.CreateRequest(), resource);
    request.setProperties(toStruct(inputs));
    request.setPreview(options.preview ?? false);
    request.setTimeout(options.timeout ?? 0);
    const response = await this.#send<proto.CreateResponse>("create", request);
    return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
  }

  async read(
    resource: ResourceName,
    id: string,
    outputs: WireProperties = {},
    inputs: WireProperties = {},
  ) {
    const request = this.#about(new proto.ReadRequest(), resource);
    request.setId(id);
    request.setProperties(toStruct(outputs));
    request.setInputs(toStruct(inputs));
    const response = await this.#send<proto.ReadResponse>("read", request);
    return {
      id: response.getId(),
      outputs: fromStruct(response.getProperties()),
      inputs: fromStruct(response.getInputs()),
    };
  }

  async update(
    resource: ResourceName,
    id: string,
    olds: WireProperties,
    news: WireProperties,
    options: { preview?: boolean; timeout?: number } = {},
  ): Promise<WireProperties> {
    const request = this.#about(new proto.UpdateRequest(), resource);
    request.setId(id);
    request.setOlds(toStruct(olds));
    request.setNews(toStruct(news));
    request.setPreview(options.preview ?? false);
    request.setTimeout(options.timeout ?? 0);
    return fromStruct((await this.#send<proto.UpdateResponse>("update", request)).getProperties());
  }

  async delete(resource: ResourceName, id: string, outputs: WireProperties): Promise<void> {
    const request = this.#about(new proto.DeleteRequest(), resource);
    request.setId(id);
    request.setProperties(toStruct(outputs));
    await this.#send("delete", request);
  }

  #about<Request extends { setUrn(urn: string): unknown; setType(type: string): unknown }>(
    request: Request,
    { type, name }: ResourceName,
  ): Request {
    request.setUrn(urnOf({ type, name }));
    request.setType(`vhd:index:${type}`);
    return request;
  }

  #send<Response>(method: string, request: object): Promise<Response> {
    return this.call<Response>(method as "invoke", request);
  }
}

/** The URN under which requests name a resource. */
export function urnOf({ type, name }: ResourceName): string {
  return `urn:pulumi:test::test::vhd:index:${type}::${name}`;
}

/**
 * A plugin in this process, and the engine's end of its protocol; both are ended with the tests of
 * the file.
 */
export function usePluginClient(): (
  config?: WireProperties,
  engineAddress?: string,
) => Promise<PluginClient> {
  const ends: (() => Promise<void>)[] = [];
  afterAll(async () => {
    await Promise.all(ends.map((end) => end()));
  });
  return async (config, engineAddress) => {
    const plugin = await startPlugin();
    const client = new PluginClient(plugin.port);
    ends.push(async () => {
      client.close();
      await plugin.stop();
    });
    if (config !== undefined) {
      await client.begin(config, engineAddress);
    }
    return client;
  };
}

/** Marks a value as a secret, as the engine does. */
export function secret(value: unknown): WireProperties {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

function toStruct(properties: WireProperties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as never);
}

function fromStruct(struct: Struct | undefined): WireProperties {
  return struct?.toJavaScript() ?? {};
}

function fromCheckResponse(response: proto.CheckResponse) {
  return {
    inputs: fromStruct(response.getInputs()),
    failures: response.getFailuresList().map((failure) => ({
      property: failure.getProperty(),
      reason: failure.getReason(),
    })),
  };
}

function toFailure(error: unknown): PluginFailure {
  const { code, details, metadata } = error as {
    code: number;
    details: string;
    metadata: { get(key: string): (Buffer | string)[] };
  };
  const [packed] = metadata.get("grpc-status-details-bin");
  return {
    code,
    details,
    ...(packed === undefined ? {} : { initFailure: readInitFailure(packed as Buffer) }),
  };
}

function readInitFailure(packed: Buffer): NonNullable<PluginFailure["initFailure"]> {
  const [detail] = Status.deserializeBinary(packed).getDetailsList();
  const failed = detail!.unpack(
    (bytes) => proto.ErrorResourceInitFailed.deserializeBinary(bytes),
    "pulumirpc.ErrorResourceInitFailed",
  )!;
  return {
    id: failed.getId(),
    properties: fromStruct(failed.getProperties()),
    reasons: failed.getReasonsList(),
  };
}
